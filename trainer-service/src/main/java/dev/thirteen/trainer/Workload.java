package dev.thirteen.trainer;

import dev.thirteen.core.adapter.AdapterFamily;

/** Base, basis and prompts of a live run. */
interface Workload extends Trainable {
    Prompts prompts();

    String baseDigest();

    String basisDigest();

    String tokenizerDigest();

    /** How the trained values change the modules. */
    AdapterFamily family();

    /** Directions in which they can move them. */
    int degreesOfFreedom();
}
