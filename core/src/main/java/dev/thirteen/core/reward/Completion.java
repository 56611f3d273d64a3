package dev.thirteen.core.reward;

/** A text to judge, and its length in tokens. */
public record Completion(String text, int tokens) {}
