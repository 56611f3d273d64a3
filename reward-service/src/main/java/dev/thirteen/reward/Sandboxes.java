package dev.thirteen.reward;

import dev.thirteen.verifier.sandbox.Sandbox;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** The sandbox of code rewards. */
class Sandboxes {
    @Produces
    @Singleton
    Sandbox sandbox() {
        return Sandbox.none("this service has no sandbox");
    }
}
