package dev.thirteen.trainer;

import dev.thirteen.core.data.DataOrder;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.run.GroupRequest;
import java.util.List;

/**
 * The encoded problems of a run, and which of them a group gets: a function of the run's seed and the request alone.
 *
 * @param problems one or more, where groups are asked for
 * @param tokens prompts, one a problem; the arrays are not shared
 */
record Prompts(List<Problem> problems, List<int[]> tokens, long seed, int groupsPerStep) {
    /** Of what asks for no groups. */
    static final Prompts NONE = new Prompts(List.of(), List.of(), 0, 1);

    /** A problem and its prompt. */
    record Prompt(Problem problem, int[] tokens) {}

    Prompts {
        problems = List.copyOf(problems);
        tokens = List.copyOf(tokens);
    }

    Prompt of(GroupRequest request) {
        int index = request.attempt() == 0
                ? DataOrder.indexAt(seed, problems.size(), request.step() * groupsPerStep + request.group())
                : DataOrder.refillIndex(seed, problems.size(), request.step(), request.group(), request.attempt());
        return new Prompt(problems.get(index), tokens.get(index));
    }
}
