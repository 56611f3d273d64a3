package dev.thirteen.core.data;

/** A question with its correct answer. */
public record Problem(String id, String question, String answer) {}
