package dev.thirteen.core.run;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.failure.FieldRules;
import dev.thirteen.core.run.RunSpec.DataSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a run spec must fulfil. Bounds are far above any sensible use: they stop slips of the pen, not experiments. */
final class RunSpecRules {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Set<String> SCORERS = labels(Scorer.values(), Scorer::label);
    private static final Set<String> EXTRACTIONS = labels(Extraction.values(), Extraction::label);
    private static final Set<String> TRAINING_SPLITS = Set.of("rl", "dev");
    private static final Set<String> SPLITS = Set.of("rl", "dev", "test");
    private static final int MAX_SAMPLES_PER_STEP = 65_536;
    /** A group is one record: at 12 bytes a token (id, log-prob, text) this is 1.5 MiB of the 2 MiB that a record may have. */
    private static final int MAX_TOKENS_PER_GROUP = 131_072;

    private final FieldRules rules = new FieldRules();

    private RunSpecRules() {}

    static List<FieldProblem> problems(RunSpec spec) {
        RunSpecRules rules = new RunSpecRules();
        rules.require("name", RunName.fits(spec.name()), RunName.RULE);
        rules.base(spec.base());
        rules.data("data-set", spec.data(), TRAINING_SPLITS);
        rules.prompt(spec.prompt());
        if (!spec.algorithm().supervised()) rules.reward(spec.reward());
        new AdapterRules(rules.rules).check(spec.adapter());
        new AlgorithmRules(rules.rules, spec.algorithm()).check(spec);
        rules.sampling(spec.sampling());
        rules.optimizer(spec.optimizer());
        rules.decline(spec.optimizer(), spec.schedule().steps());
        rules.schedule(spec.schedule());
        rules.together(spec);
        rules.evaluation(spec);
        return rules.rules.problems();
    }

    private void base(RunSpec.Base base) {
        require("base-model.folder", !base.folder().isBlank(), "must name a folder");
        boolean known = base.digest().isEmpty() || DIGEST.matcher(base.digest()).matches();
        require("base-model.digest", known, "must be empty or sha256: and 64 hex digits");
    }

    private void data(String path, DataSource data, Set<String> splits) {
        switch (data) {
            case DataSource.None() -> require(path, false, "must name a file or a generator");
            case DataSource.Blob(String digest) ->
                require(path + ".blob-digest", DIGEST.matcher(digest).matches(), "must be sha256: and 64 hex digits");
            case DataSource.Generator(String name, String split, long _) -> {
                require(path + ".generator.name", name.equals("arithmetic"), "must be arithmetic, not '" + name + "'");
                oneOf(path + ".generator.split", split, splits);
            }
        }
    }

    private void prompt(RunSpec.Prompt prompt) {
        require("prompt.user", prompt.user().contains("{question}"), "must contain {question}");
        require("prompt.system", prompt.chat() || prompt.system().isEmpty(), "needs prompt.chat: true");
    }

    private void reward(RunSpec.Reward reward) {
        if (!reward.terms().isEmpty()) {
            require("reward.scorer", reward.scorer().isEmpty(), "has no meaning beside terms");
            require("reward.extraction", reward.extraction().isEmpty(), "has no meaning beside terms");
            rules.addAll(reward.spec().problems("reward.terms"));
            return;
        }
        oneOf("reward.scorer", reward.scorer(), SCORERS);
        oneOf("reward.extraction", reward.extraction(), EXTRACTIONS);
    }

    private void sampling(RunSpec.Sampling sampling) {
        float temperature = sampling.temperature();
        require(
                "sampling.temperature",
                temperature > 0 && temperature <= 100,
                "must be above 0 (greedy samples of a group are all alike) and at most 100, not " + temperature);
        unfiltered("top-p", sampling.topP() == 0 || sampling.topP() == 1, "1");
        unfiltered("top-k", sampling.topK() == 0, "0");
        unfiltered("min-p", sampling.minP() == 0, "0");
        float penalty = sampling.repetitionPenalty();
        unfiltered("repetition-penalty", penalty == 0 || penalty == 1, "1");
        unfiltered("logit-bias", sampling.logitBias().isEmpty(), "empty");
        require("sampling.stop", sampling.stop().isEmpty(), "must be empty in training: samples end by a stop token");
        range("sampling.max-tokens", sampling.maxTokens(), 1, 1_000_000);
    }

    private void unfiltered(String field, boolean off, String value) {
        require(
                "sampling." + field,
                off,
                "must be off (%s) in training: a filtered sample has no log-probability under the policy"
                        .formatted(value));
    }

    private void optimizer(RunSpec.Optimizer optimizer) {
        double rate = optimizer.learningRate();
        require("optimizer.learning-rate", rate > 0 && rate <= 10, "must be above 0 and at most 10, not " + rate);
        beta("optimizer.beta1", optimizer.beta1());
        beta("optimizer.beta2", optimizer.beta2());
        double epsilon = optimizer.epsilon();
        require("optimizer.epsilon", epsilon > 0 && epsilon <= 1, "must be above 0 and at most 1, not " + epsilon);
        within("optimizer.weight-decay", optimizer.weightDecay(), 0, 10);
        within("optimizer.max-grad-norm", optimizer.maxGradNorm(), 0, 1e9);
    }

    private void decline(RunSpec.Optimizer optimizer, long steps) {
        RunSpec.Decline decline = optimizer.decline();
        range("optimizer.warmup-steps", decline.warmupSteps(), 0, Math.max(0, steps));
        require("optimizer.decay", decline.decay() != null, "must be constant, linear or cosine");
        within("optimizer.last-learning-rate", decline.lastRate(), 0, Math.max(0, optimizer.learningRate()));
    }

    private void schedule(RunSpec.Schedule schedule) {
        range("steps", schedule.steps(), 1, 10_000_000);
        range("groups-per-step", schedule.groupsPerStep(), 1, 4096);
        long samples = (long) schedule.groupsPerStep() * schedule.samplesPerGroup();
        require(
                "groups-per-step",
                samples <= MAX_SAMPLES_PER_STEP,
                "times samples-per-group is " + samples + " samples a step; at most " + MAX_SAMPLES_PER_STEP);
        range("max-staleness", schedule.maxStaleness(), 0, 64);
        range("micro-batch-tokens", schedule.microBatchTokens(), 0, 100_000_000);
        require(
                "in-flight",
                !schedule.inFlight() || schedule.maxStaleness() > 0,
                "needs max-staleness 1 or more: no newer policy comes while a step waits for its own groups");
        require(
                "in-flight",
                !(schedule.inFlight() && schedule.deterministic()),
                "must be false in a deterministic run: when a newer policy comes is chance");
        range("group-deadline-ms", schedule.groupDeadlineMillis(), 0, 7L * 24 * 3600 * 1000);
    }

    /** What no part of the spec shows alone. */
    private void together(RunSpec spec) {
        long tokens = (long) spec.schedule().samplesPerGroup() * spec.sampling().maxTokens();
        require(
                "sampling.max-tokens",
                tokens <= MAX_TOKENS_PER_GROUP,
                "times samples-per-group is %d tokens a group; at most %d fit into one record"
                        .formatted(tokens, MAX_TOKENS_PER_GROUP));
    }

    private void evaluation(RunSpec spec) {
        DataSource held = spec.evaluation().data();
        range("evaluation.problems", spec.evaluation().problems(), 0, 1_000_000);
        if (held instanceof DataSource.None) return;
        data("evaluation.data-set", held, SPLITS);
        require(
                "evaluation.data-set",
                !sameProblems(held, spec.data()),
                "must be held out: the run trains on these very problems");
    }

    private static boolean sameProblems(DataSource one, DataSource other) {
        if (one instanceof DataSource.Generator(String name, String split, long _)
                && other instanceof DataSource.Generator(String otherName, String otherSplit, long _)) {
            return name.equals(otherName) && split.equals(otherSplit);
        }
        return one.equals(other);
    }

    private static <T> Set<String> labels(T[] values, Function<T, String> label) {
        return Arrays.stream(values).map(label).collect(Collectors.toUnmodifiableSet());
    }

    private void beta(String path, double value) {
        require(path, value >= 0 && value < 1, "must be at least 0 and below 1, not " + value);
    }

    private void within(String path, double value, double low, double high) {
        rules.within(path, value, low, high);
    }

    private void range(String path, long value, long low, long high) {
        rules.range(path, value, low, high);
    }

    private void oneOf(String path, String value, Set<String> allowed) {
        rules.oneOf(path, value, allowed);
    }

    private void require(String path, boolean holds, String problem) {
        rules.require(path, holds, problem);
    }
}
