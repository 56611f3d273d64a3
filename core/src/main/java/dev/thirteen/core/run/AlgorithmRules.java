package dev.thirteen.core.run;

import dev.thirteen.core.failure.FieldRules;
import dev.thirteen.core.grpo.Algorithm;
import dev.thirteen.core.grpo.KlEstimator;
import dev.thirteen.core.grpo.TruncatedSamples;
import dev.thirteen.core.run.AlgorithmSpec.Importance;
import java.util.Optional;

/** What the algorithm of a run spec must fulfil. */
record AlgorithmRules(FieldRules rules, AlgorithmSpec algorithm) {
    private static final double MOST_CAP = 1000;
    private static final int MOST_REFILLS = 100;

    void check(RunSpec spec) {
        rules.oneOf("algorithm.name", algorithm.name(), Algorithm.labels());
        Optional<Algorithm> known = Algorithm.named(algorithm.name());
        known.ifPresent(named -> {
            clip(named);
            group(named, spec);
        });
        rules.require(
                "algorithm.aggregation",
                algorithm.aggregation() != null,
                "must be token-mean, sequence-mean, sequence-sum or max-tokens");
        if (algorithm.supervised()) supervised(spec);
        importance(spec);
        kl();
        rules.within("algorithm.entropy-bonus", algorithm.entropyBonus(), 0, 10);
        samples(spec);
    }

    /** What has a meaning only where something is sampled. */
    private void supervised(RunSpec spec) {
        String why = "must be %s: sft samples nothing";
        rules.require("algorithm.kl-in-reward", algorithm.kl().inReward() == 0, why.formatted("0"));
        rules.require("algorithm.dynamic-sampling", !algorithm.samples().dynamicSampling(), why.formatted("false"));
        rules.require("samples-per-group", spec.schedule().samplesPerGroup() == 1, why.formatted("1"));
        rules.require("max-staleness", spec.schedule().maxStaleness() == 0, why.formatted("0"));
        rules.require(
                "algorithm.truncated",
                algorithm.samples().truncated() == TruncatedSamples.SCORE,
                why.formatted("score"));
        rules.require("algorithm.kl-in-loss", algorithm.kl().inLoss() == 0, "must be 0: sft has no reference");
        rules.require("replay-of", !spec.replays(), "must be empty: sft learns from no rollouts");
    }

    private void clip(Algorithm named) {
        Algorithm.Form form = named.choices().form();
        if (!form.clips()) {
            rules.require(
                    "algorithm.clip-low",
                    algorithm.clipLow() == 0,
                    "has no meaning: " + named.label() + " does not clip");
            rules.require(
                    "algorithm.clip-high",
                    algorithm.clipHigh() == 0,
                    "has no meaning: " + named.label() + " does not clip");
            rules.require(
                    "algorithm.updates-per-step",
                    algorithm.updatesPerStep() == 1,
                    "must be 1: " + named.label() + " has no ratio that would correct a second update");
            return;
        }
        rules.within("algorithm.clip-low", algorithm.clipLow(), 0, form == Algorithm.Form.CLIPPED_WEIGHT ? 100 : 1);
        rules.within("algorithm.clip-high", algorithm.clipHigh(), 0, 100);
        rules.range("algorithm.updates-per-step", algorithm.updatesPerStep(), 1, 64);
        if (form != Algorithm.Form.CLIPPED_WEIGHT) laterUpdates(named.choices());
    }

    /** What has moved as its advantage says has a ratio beyond a bound at 1, and no gradient. */
    private void laterUpdates(Algorithm.Choices paper) {
        String unit = paper.form() == Algorithm.Form.SEQUENCE_CLIP ? "sample" : "token";
        boolean clippedAway = algorithm.clipLow() == 0 && algorithm.clipHigh() == 0 && algorithm.updatesPerStep() > 1;
        rules.require(
                "algorithm.clip-high",
                !clippedAway,
                "must be above 0, or clip-low, with updates-per-step %d: with both at 0 the later updates clip every %s that has moved as its advantage says; the name's own are %s and %s, and 1 and 100 turn the clip off"
                        .formatted(algorithm.updatesPerStep(), unit, paper.clipLow(), paper.clipHigh()));
    }

    private void group(Algorithm named, RunSpec spec) {
        int samples = spec.schedule().samplesPerGroup();
        boolean judged = named.choices().advantages().needsGroup();
        int fewest = judged || algorithm.samples().dynamicSampling() ? 2 : 1;
        String why = judged
                ? ": " + named.label() + " judges a sample against the others of its group"
                : fewest == 2 ? ": dynamic-sampling compares the samples of a group" : "";
        rules.require(
                "samples-per-group",
                samples >= fewest && samples <= 1024,
                "must be %d to 1024, not %d%s".formatted(fewest, samples, why));
    }

    private void importance(RunSpec spec) {
        Importance importance = algorithm.importance();
        Importance.Kind kind = importance.kind();
        rules.require("algorithm.importance", kind != null, "must be off, capped, masked or uncapped");
        if (kind == Importance.Kind.CAPPED || kind == Importance.Kind.MASKED) {
            rules.within("algorithm.importance-cap", importance.cap(), 1, MOST_CAP);
        }
        if (kind == Importance.Kind.MASKED) {
            rules.within("algorithm.importance-floor", importance.floor(), 0, 1);
        }
        rules.require(
                "algorithm.importance",
                kind != Importance.Kind.OFF || !spec.replays(),
                "must be capped, masked or uncapped in a replay: with off nothing corrects samples that another run drew");
        // With one update a step the ratio is 1 and the clip never acts: the weight is all that corrects a stale
        // sample.
        rules.require(
                "algorithm.importance",
                kind != Importance.Kind.OFF || spec.schedule().maxStaleness() <= 0,
                "must be capped, masked or uncapped when max-staleness is above 0: with off nothing corrects samples of"
                        + " an older policy");
    }

    private void kl() {
        AlgorithmSpec.Kl kl = algorithm.kl();
        rules.within("algorithm.kl-in-reward", kl.inReward(), 0, 100);
        rules.within("algorithm.kl-in-loss", kl.inLoss(), 0, 100);
        rules.require("algorithm.kl-estimator", kl.estimator() != null, "must be k2 or k3");
        rules.require(
                "algorithm.kl-estimator",
                kl.estimator() != KlEstimator.K1,
                "must be k2 or k3: k1 in the loss does nothing, its gradient is zero in expectation (kl-in-reward is k1)");
    }

    private void samples(RunSpec spec) {
        AlgorithmSpec.Samples samples = algorithm.samples();
        rules.require(
                "algorithm.dynamic-sampling",
                !(samples.dynamicSampling() && spec.replays()),
                "must be false in a replay: no prompt can take the place of a recorded group");
        if (samples.dynamicSampling()) rules.range("algorithm.max-refills", samples.maxRefills(), 1, MOST_REFILLS);
        rules.require("algorithm.truncated", samples.truncated() != null, "must be score, mask or shape");
        if (samples.truncated() != TruncatedSamples.SHAPE) return;
        int most = Math.max(1, spec.sampling().maxTokens());
        rules.range("algorithm.overlong-buffer", samples.overlongBuffer(), 1, most);
        rules.within("algorithm.overlong-penalty", samples.overlongPenalty(), 0, 100);
    }
}
