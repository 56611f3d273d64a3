package dev.thirteen.engine;

import dev.thirteen.engine.device.FallbackLog;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What {@link FallbackLog} says while this is open. */
final class Logged extends Handler implements AutoCloseable {
    // Kept here: loggers that nobody holds are collected with their handlers.
    private final Logger logger = Logger.getLogger(FallbackLog.class.getName());
    private final List<String> messages = new ArrayList<>();

    Logged() {
        logger.addHandler(this);
    }

    List<String> messages() {
        return messages;
    }

    @Override
    public void publish(LogRecord message) {
        messages.add(message.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
