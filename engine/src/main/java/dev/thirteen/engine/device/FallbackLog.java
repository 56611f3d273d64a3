package dev.thirteen.engine.device;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Says why a faster path is not taken: each reason once a process, however often it is met. */
public final class FallbackLog {
    private static final System.Logger LOG = System.getLogger(FallbackLog.class.getName());
    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    private FallbackLog() {}

    /**
     * Says it unless it was said.
     *
     * @param instead what is done, for example "decoding by programs"
     * @param reason why
     */
    public static void say(String instead, String reason) {
        String text = instead + ": " + reason;
        if (SAID.add(text)) LOG.log(System.Logger.Level.WARNING, text);
    }
}
