package dev.thirteen.cli.tinymodel;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Judge;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.data.ArithmeticProblems;
import dev.thirteen.core.data.ArithmeticSplit;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Policy;
import java.util.ArrayList;
import java.util.List;

/** How often the model is right on held-out problems, one answer a problem. */
final class Accuracy {
    static final int PROBLEMS = 1024;

    // No careful solution of five numbers is as long.
    private static final int MAX_TOKENS = 64;
    private static final int MAX_ROWS = 128;
    private static final long SEED = 0;

    private final BaseModel model;
    private final List<Problem> problems = ArithmeticProblems.problems(ArithmeticSplit.TEST, SEED, PROBLEMS);

    Accuracy(BaseModel model) {
        this.model = model;
    }

    /** Share of right answers, from 0 to 1. */
    double of(String prefix, float temperature) {
        SamplingParameters sampling = new SamplingParameters(temperature, 1, 0, MAX_TOKENS, SEED);
        List<List<Integer>> answers = new ArrayList<>();
        try (Decoder decoder = new Decoder(model, new Decoder.Options(MAX_ROWS, model.maxPositions(), false))) {
            while (answers.size() < problems.size() || decoder.runningRows() > 0) {
                boolean admitted = answers.size() < problems.size() && admit(decoder, answers, prefix, sampling);
                if (admitted) continue;
                decoder.step().forEach(token -> answers.get((int) token.group()).add(token.tokenId()));
            }
        }
        int right = 0;
        for (int i = 0; i < problems.size(); i++) right += isRight(answers.get(i), problems.get(i)) ? 1 : 0;
        return right / (double) problems.size();
    }

    private boolean admit(Decoder decoder, List<List<Integer>> answers, String prefix, SamplingParameters sampling) {
        int next = answers.size();
        int[] prompt = model.tokenizer().encode(prefix + problems.get(next).question(), true);
        Decoder.Group group = new Decoder.Group(next, Policy.BASE, prompt, 1, sampling, next);
        if (!decoder.accepts(group)) return false;
        answers.add(new ArrayList<>());
        decoder.admit(group);
        return true;
    }

    private boolean isRight(List<Integer> tokens, Problem problem) {
        int[] ids = tokens.stream().mapToInt(Integer::intValue).toArray();
        String answer = model.tokenizer().decode(ids, true);
        return Judge.judge(answer, problem.answer(), Extraction.HASH, Scorer.EXACT) instanceof Verdict.Correct;
    }
}
