package dev.thirteen.cli;

import org.jspecify.annotations.Nullable;

/** No service answers where one should. The message says how to start one. */
final class Unreachable extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unreachable(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
