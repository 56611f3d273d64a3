package dev.thirteen.trainer;

/** Base, basis and prompts of a live run. */
interface Workload extends Trainable {
    Prompts prompts();

    String baseDigest();

    String basisDigest();

    String tokenizerDigest();

    /** Number of trained values. */
    int trainedNumbers();

    /** Directions in which these can move the modules. */
    int degreesOfFreedom();
}
