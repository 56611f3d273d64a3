package dev.thirteen.core.reward;

/**
 * The problem whose completions are judged.
 *
 * @param run empty outside of runs
 * @param step that trains on the completions
 * @param question empty where no term needs it
 * @param wrongAnswer empty where the problem has none
 */
public record Task(
        String run, long step, String problemId, String question, String answer, String wrongAnswer, Draws draws) {}
