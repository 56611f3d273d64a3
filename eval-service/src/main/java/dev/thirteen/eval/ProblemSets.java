package dev.thirteen.eval;

import dev.thirteen.core.data.ArithmeticProblems;
import dev.thirteen.core.data.ArithmeticSplit;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.data.RandomArithmetic;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.LabelRules;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.reward.RewardTerm;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.kit.BlobCache;
import dev.thirteen.kit.CacheSettings;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.ProblemLines;
import dev.thirteen.kit.RewardTermWire;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import dev.thirteen.proto.training.v1.Reward;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The problems of an evaluation: generated, or fetched from trainer-service by digest. */
@Singleton
class ProblemSets {
    /** Name of the generator of sums and products of any length. */
    static final String RANDOM = "random-arithmetic";

    private final BlobCache cache;
    private final BlobCache.Source trainer;

    ProblemSets(CacheSettings settings, EndpointSettings endpoints, Channels channels) {
        this.cache = new BlobCache(Path.of(settings.folder()));
        this.trainer = BlobCache.trainer(channels.to(endpoints.trainer()));
    }

    /**
     * The problems of a checked spec, the first ones where fewer are asked for than there are.
     *
     * @throws Failure CALLER for a bad line or too few problems, NOT_FOUND for an unknown digest, OUTSIDE
     */
    List<Problem> of(EvaluationSpec spec) {
        List<Problem> all = all(spec.getDataSet(), spec.getProblems());
        int wanted = spec.getProblems() == 0 ? all.size() : spec.getProblems();
        if (wanted > all.size()) {
            throw Failure.fields(List.of(new Failure.FieldProblem(
                    "problems", "must be at most " + all.size() + ", which is all that the data set has")));
        }
        List<Problem> problems = List.copyOf(all.subList(0, wanted));
        readable(problems, spec.getReward());
        return problems;
    }

    private static void readable(List<Problem> problems, Reward reward) {
        try {
            check(problems, reward);
        } catch (Failure e) {
            String message = String.valueOf(e.getMessage());
            throw Failure.fields(List.of(new Failure.FieldProblem("data-set", message)));
        }
    }

    private static void check(List<Problem> problems, Reward reward) {
        List<RewardTerm> terms = new ArrayList<>(RewardTermWire.terms(reward.getTermsList()));
        if (!reward.getScorer().isEmpty()) terms.add(scorer(reward));
        LabelRules.check(problems, new RewardSpec(terms));
    }

    /** A reward of one scorer as the term that it is short for. */
    private static RewardTerm scorer(Reward reward) {
        TermKind kind = reward.getScorer().equals(AnswerJudge.CODE)
                ? new TermKind.Code(reward.getExtraction(), 0, 0)
                : new TermKind.Answer(new TermKind.Comparison(reward.getScorer(), reward.getExtraction()));
        return new RewardTerm(reward.getScorer(), 1, false, kind);
    }

    private List<Problem> all(DataSet set, int wanted) {
        if (!set.hasGenerator()) return ProblemLines.read(cache.get(set.getBlobDigest(), trainer));
        Generator generator = set.getGenerator();
        if (generator.getName().equals(RANDOM)) return random(generator, wanted);
        return ArithmeticProblems.problems(ArithmeticSplit.named(generator.getSplit()), generator.getSeed(), wanted);
    }

    private static List<Problem> random(Generator generator, int wanted) {
        try {
            return new RandomArithmetic(generator.getTerms(), generator.getDigits())
                    .problems(generator.getSeed(), wanted);
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.Kind.CALLER, "data-set.generator: " + e.getMessage(), e);
        }
    }
}
