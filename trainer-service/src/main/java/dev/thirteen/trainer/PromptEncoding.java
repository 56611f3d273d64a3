package dev.thirteen.trainer;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.data.PromptTemplate;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.engine.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Problems as tokens, by the template of a run.
 *
 * @param longest tokens that prompt and completion may have together
 */
record PromptEncoding(RunSpec spec, Tokenizer tokenizer, int longest) {
    /** @throws Failure CALLER naming the problem whose prompt or completion is too long */
    Prompts of(List<Problem> problems) {
        List<int[]> prompts = new ArrayList<>(problems.size());
        List<int[]> completions = new ArrayList<>();
        for (Problem problem : problems) {
            prompts.add(prompt(problem));
            if (spec.algorithm().supervised()) completions.add(completion(problem));
        }
        return new Prompts(
                problems,
                prompts,
                completions,
                spec.sampling().seed(),
                spec.schedule().groupsPerStep());
    }

    /**
     * Encodes the problems with the longest texts alone, which is what a caller can wait for.
     *
     * @throws Failure CALLER as {@link #of}
     */
    void requireRoom(List<Problem> problems) {
        Comparator<Problem> byPrompt = Comparator.comparingInt(
                problem -> spec.promptTemplate().userText(problem).length());
        problems.stream().max(byPrompt).ifPresent(this::prompt);
        if (!spec.algorithm().supervised()) return;
        Comparator<Problem> byAnswer =
                Comparator.comparingInt(problem -> problem.answer().length());
        problems.stream().max(byAnswer).ifPresent(this::completion);
    }

    private int[] prompt(Problem problem) {
        int[] prompt = encode(spec.promptTemplate(), problem);
        int most = spec.sampling().maxTokens();
        if (prompt.length > 0 && prompt.length <= longest - most) return prompt;
        throw new Failure(
                Failure.Kind.CALLER,
                "problem '%s': the prompt has %d tokens; with sampling.max-tokens %d there is room for 1 to %d"
                        .formatted(problem.id(), prompt.length, most, longest - most));
    }

    private int[] encode(PromptTemplate template, Problem problem) {
        String user = template.userText(problem);
        if (!template.chat()) return tokenizer.encode(user, true);
        List<Tokenizer.Turn> turns = new ArrayList<>();
        if (!template.system().isEmpty()) turns.add(new Tokenizer.Turn("system", template.system()));
        turns.add(new Tokenizer.Turn("user", user));
        return tokenizer.encodeChat(turns);
    }

    /** The answer, and the token that ends it. */
    private int[] completion(Problem problem) {
        int[] answer = tokenizer.encode(problem.answer(), false);
        int[] completion = Arrays.copyOf(answer, answer.length + 1);
        completion[answer.length] = tokenizer.endToken();
        int most = spec.sampling().maxTokens();
        if (completion.length <= most) return completion;
        throw new Failure(
                Failure.Kind.CALLER,
                "problem '%s': the answer has %d tokens with its end, sampling.max-tokens allows %d"
                        .formatted(problem.id(), completion.length, most));
    }
}
