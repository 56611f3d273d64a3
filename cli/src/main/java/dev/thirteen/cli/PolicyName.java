package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import java.util.OptionalLong;

/**
 * A policy as a person writes it: {@code RUN@STEP}, {@code RUN@latest} or {@code RUN}, which means the latest.
 *
 * @param step empty for the latest
 */
record PolicyName(String run, OptionalLong step) {
    /**
     * Reads a name.
     *
     * @throws Failure CALLER when it is none
     */
    static PolicyName parse(String text) {
        int at = text.indexOf('@');
        String run = at < 0 ? text : text.substring(0, at);
        String step = at < 0 ? "latest" : text.substring(at + 1);
        if (!run.isEmpty() && step.equals("latest")) return new PolicyName(run, OptionalLong.empty());
        if (run.isEmpty() || !step.matches("[0-9]{1,18}")) {
            throw new Failure(Failure.Kind.CALLER, "'" + text + "' names no policy: write RUN@STEP, RUN@latest or RUN");
        }
        return new PolicyName(run, OptionalLong.of(Long.parseLong(step)));
    }

    /** The name as the services know it. */
    String wire() {
        return run + "@" + (step.isPresent() ? Long.toString(step.getAsLong()) : "latest");
    }
}
