package dev.thirteen.verifier.sandbox;

import dev.thirteen.core.failure.Failure;

/** A place where programs can do no harm. */
@FunctionalInterface
public interface Sandbox {
    /**
     * Runs a program to its end. Nothing of it is left afterwards.
     *
     * @throws Failure OUTSIDE when it could not be run, so that nothing is known of it; CALLER where there is no sandbox
     */
    ProgramEnd run(Program program);

    /** Where programs are not run. */
    static Sandbox none(String reason) {
        return _ -> {
            throw new Failure(Failure.Kind.CALLER, "rewards of type code are not run here: " + reason);
        };
    }
}
