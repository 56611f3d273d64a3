package dev.thirteen.cli;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.Reward;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What judges the answers of {@code thirteen inspect}: the run's reward, or another in its place. */
final class InspectReward {
    @Option(
            names = "--scorer",
            paramLabel = "NAME",
            description = "exact, numeric or math, in place of the run's reward. Needed where the run has none (sft).")
    private @Nullable String scorer;

    @Option(
            names = "--extraction",
            paramLabel = "NAME",
            description = "boxed, hash, last-number, auto or text. Default: the run's, else auto.")
    private @Nullable String extraction;

    /** Refuses words that are no scorer or extraction, before anything is asked. */
    void check() {
        require(
                "--scorer",
                scorer,
                Arrays.stream(Scorer.values()).map(Scorer::label).toList());
        require(
                "--extraction",
                extraction,
                Arrays.stream(Extraction.values()).map(Extraction::label).toList());
    }

    private static void require(String option, @Nullable String word, List<String> known) {
        if (word == null || known.contains(word)) return;
        throw new Failure(
                Failure.Kind.CALLER,
                "%s: must be one of %s, it is '%s'".formatted(option, String.join(", ", known), word));
    }

    /**
     * What judges.
     *
     * @throws Failure CALLER when neither the run nor an option says it
     */
    Reward of(String run, Reward own) {
        if (scorer == null && extraction == null && own.getTermsCount() > 0) return own;
        String judge = scorer == null ? own.getScorer() : scorer;
        if (judge.isEmpty()) {
            String why = own.getTermsCount() > 0 ? "is rewarded by terms, not by one scorer" : "has no reward";
            throw new Failure(
                    Failure.Kind.CALLER,
                    "run %s %s: say --scorer exact, numeric or math (and --extraction)".formatted(run, why));
        }
        return Reward.newBuilder().setScorer(judge).setExtraction(place(own)).build();
    }

    private String place(Reward own) {
        if (extraction != null) return extraction;
        return own.getExtraction().isEmpty() ? Extraction.AUTO.label() : own.getExtraction();
    }
}
