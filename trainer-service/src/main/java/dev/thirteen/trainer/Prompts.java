package dev.thirteen.trainer;

import dev.thirteen.core.data.DataOrder;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.engine.PolicyGradient;
import java.util.ArrayList;
import java.util.List;

/**
 * The encoded problems of a run, and which of them a group gets: a function of the run's seed and the request alone.
 *
 * @param problems one or more, where groups are asked for
 * @param tokens prompts, one a problem; the arrays are not shared
 * @param completions what is learnt of each, end token included; empty where completions are sampled
 */
record Prompts(List<Problem> problems, List<int[]> tokens, List<int[]> completions, long seed, int groupsPerStep) {
    /** Of what asks for no groups. */
    static final Prompts NONE = new Prompts(List.of(), List.of(), List.of(), 0, 1);

    /** A problem and its prompt. */
    record Prompt(Problem problem, int[] tokens) {}

    Prompts {
        problems = List.copyOf(problems);
        tokens = List.copyOf(tokens);
        completions = List.copyOf(completions);
    }

    /** Of what is sampled. */
    Prompts(List<Problem> problems, List<int[]> tokens, long seed, int groupsPerStep) {
        this(problems, tokens, List.of(), seed, groupsPerStep);
    }

    /** The examples of a step, in order: epoch after epoch, each in another order. */
    List<PolicyGradient.Sequence> examples(long step) {
        List<PolicyGradient.Sequence> examples = new ArrayList<>();
        for (int i = 0; i < groupsPerStep; i++) {
            int index = DataOrder.indexAt(seed, problems.size(), step * groupsPerStep + i);
            examples.add(new PolicyGradient.Sequence(tokens.get(index), completions.get(index)));
        }
        return examples;
    }

    Prompt of(GroupRequest request) {
        int index = request.attempt() == 0
                ? DataOrder.indexAt(seed, problems.size(), request.step() * groupsPerStep + request.group())
                : DataOrder.refillIndex(seed, problems.size(), request.step(), request.group(), request.attempt());
        return new Prompt(problems.get(index), tokens.get(index));
    }
}
