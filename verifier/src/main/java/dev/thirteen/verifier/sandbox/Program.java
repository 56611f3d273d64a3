package dev.thirteen.verifier.sandbox;

import java.time.Duration;

/**
 * A program in Python with what tests it.
 *
 * @param tests a program that runs after it, in its names, and fails by an exception
 * @param limit processor time of all its processes, and its wall time
 * @param memoryMebibytes memory of each of its processes
 */
public record Program(String source, String tests, Duration limit, int memoryMebibytes) {}
