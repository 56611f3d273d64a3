package dev.thirteen.trainer;

/** The step of a run for which records are held back. */
record StepOwner(String run, long step) {}
