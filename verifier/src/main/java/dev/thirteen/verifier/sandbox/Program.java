package dev.thirteen.verifier.sandbox;

import java.time.Duration;

/**
 * A program in Python with what tests it.
 *
 * @param tests a program that runs after it, in its names, and fails by an exception
 * @param limit processor time, in whole seconds, rounded up; it may last four times as long
 * @param memoryMebibytes address space
 */
public record Program(String source, String tests, Duration limit, int memoryMebibytes) {}
