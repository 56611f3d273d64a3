package dev.thirteen.eval;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.data.ArithmeticProblems;
import dev.thirteen.core.data.RandomArithmetic;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.failure.FieldRules;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.kit.PolicyWire;
import dev.thirteen.kit.RewardTermWire;
import dev.thirteen.proto.evaluation.v1.ContaminationProbe;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.Reward;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the spec of an evaluation must fulfil before anything is asked of another service. */
final class EvaluationRules {
    private static final Pattern ADAPTER = Pattern.compile("[a-z0-9.-]{1,127}@(latest|[0-9]{1,18})");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final int MAX_ROWS = 64;
    private static final int MAX_SAMPLES = 1024;
    private static final int MAX_SHARES = 16;
    /** Versions of a followed run. */
    static final int MAX_VERSIONS = 256;

    private static final int MAX_DECODINGS = 16;

    private final FieldRules fields = new FieldRules();

    private EvaluationRules() {}

    /**
     * Refuses a bad spec.
     *
     * @throws Failure CALLER with every bad field
     */
    static void check(EvaluationSpec spec) {
        EvaluationRules rules = new EvaluationRules();
        rules.base(spec);
        rules.adapters(spec);
        rules.data(spec.getDataSet());
        rules.problems(spec);
        rules.prompt("prompt", spec.getPrompt());
        rules.variants(spec);
        rules.reward(spec);
        rules.decodings(spec);
        rules.samples(spec);
        if (spec.hasFollow()) rules.follow(spec);
        if (spec.hasProbe()) rules.probe(spec);
        List<FieldProblem> problems = rules.fields.problems();
        if (!problems.isEmpty()) throw Failure.fields(problems);
    }

    private void base(EvaluationSpec spec) {
        boolean named = !spec.getBaseModel().getFolder().isBlank() || spec.hasFollow();
        fields.require("base-model", named || spec.getAdaptersCount() > 0, "must be set where no adapter names it");
    }

    private void adapters(EvaluationSpec spec) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < spec.getAdaptersCount(); i++) {
            String name = spec.getAdapters(i);
            String path = "adapters." + i;
            fields.require(path, ADAPTER.matcher(name).matches(), "must be RUN@STEP or RUN@latest, not '" + name + "'");
            fields.require(path, seen.add(name), "is '" + name + "' again");
        }
        int rows = 1 + spec.getAdaptersCount() + spec.getBasePromptsCount();
        fields.require("adapters", rows <= MAX_ROWS, "and base-prompts make " + rows + " rows; at most " + MAX_ROWS);
    }

    private void data(DataSet set) {
        switch (set.getSourceCase()) {
            case BLOB_DIGEST ->
                fields.require(
                        "data-set.blob-digest",
                        DIGEST.matcher(set.getBlobDigest()).matches(),
                        "must be sha256: and 64 hex digits");
            case GENERATOR -> {
                Generator generator = set.getGenerator();
                fields.oneOf("data-set.generator.name", generator.getName(), List.of("arithmetic", ProblemSets.RANDOM));
                if (generator.getName().equals(ProblemSets.RANDOM)) {
                    random(generator);
                } else {
                    fields.oneOf("data-set.generator.split", generator.getSplit(), List.of("rl", "dev", "test"));
                }
            }
            case SOURCE_NOT_SET -> fields.require("data-set", false, "must name a file or a generator");
        }
    }

    private void random(Generator generator) {
        int terms = generator.getTerms();
        int digits = generator.getDigits();
        String path = "data-set.generator.";
        boolean length = terms >= 2 && terms <= RandomArithmetic.MOST_TERMS;
        boolean size = digits >= 1 && digits <= RandomArithmetic.MOST_DIGITS;
        fields.require(path + "terms", length, "must be 2 to " + RandomArithmetic.MOST_TERMS + ", not " + terms);
        fields.require(path + "digits", size, "must be 1 to " + RandomArithmetic.MOST_DIGITS + ", not " + digits);
        fields.require(path + "split", generator.getSplit().isEmpty(), "has no meaning with " + ProblemSets.RANDOM);
    }

    private void samples(EvaluationSpec spec) {
        int count = spec.getSamples();
        fields.require(
                "samples", count >= 0 && count <= MAX_SAMPLES, "must be at most " + MAX_SAMPLES + ", not " + count);
        boolean drawn = spec.getDecodingsList().stream().anyMatch(decoding -> decoding.getTemperature() > 0);
        fields.require("samples", count <= 1 || drawn, "has no meaning where all decodings are greedy");
    }

    /** Choosing by what one sees is training too, so only problems that nobody reports may be looked at again and again. */
    private void follow(EvaluationSpec spec) {
        boolean dev = spec.getSplit().equals("dev")
                || spec.getDataSet().getGenerator().getSplit().equals("dev");
        fields.require(
                "split", dev, "must be dev to follow a run: a test set is only run when it is asked for by name");
        fields.require("follow.run", !spec.getFollow().getRun().isBlank(), "must name a run");
        fields.require("follow.every", spec.getFollow().getEvery() >= 1, "must be at least 1");
        fields.require("adapters", spec.getAdaptersCount() == 0, "must be empty: they are the versions of the run");
        fields.require("probe", !spec.hasProbe(), "has no meaning with follow");
    }

    private void probe(EvaluationSpec spec) {
        ContaminationProbe probe = spec.getProbe();
        boolean shares = probe.getSharesCount() >= 1
                && probe.getSharesCount() <= MAX_SHARES
                && probe.getSharesList().stream().allMatch(share -> share > 0 && share < 1);
        fields.require("probe.shares", shares, "must be 1 to " + MAX_SHARES + " numbers, each above 0 and below 1");
        int control = probe.getControlProblems();
        fields.require(
                "probe.control-problems", control >= 0 && control <= 10_000, "must be at most 10000, not " + control);
        boolean greedy = spec.getDecodingsCount() == 1 && spec.getDecodings(0).getTemperature() == 0;
        fields.require("decodings", greedy, "must be one greedy decoding for a probe");
    }

    private void problems(EvaluationSpec spec) {
        int count = spec.getProblems();
        fields.require("problems", count >= 0, "must not be negative");
        if (!spec.getDataSet().hasGenerator()) return;
        boolean fits = count >= 1 && count <= ArithmeticProblems.MOST;
        fields.require("problems", fits, "must be 1 to " + ArithmeticProblems.MOST + " with a generator, not " + count);
    }

    private void prompt(String path, PromptTemplate prompt) {
        fields.require(path + ".user", prompt.getUser().contains("{question}"), "must contain {question}");
        fields.require(path + ".system", prompt.getChat() || prompt.getSystem().isEmpty(), "needs chat");
    }

    private void variants(EvaluationSpec spec) {
        Set<String> labels = new HashSet<>(Set.of(EvaluationPlan.BASE));
        for (int i = 0; i < spec.getBasePromptsCount(); i++) {
            PromptVariant variant = spec.getBasePrompts(i);
            String path = "base-prompts." + i;
            String label = variant.getLabel();
            fields.require(path + ".label", !label.isBlank() && label.length() <= 100, "must have 1 to 100 characters");
            fields.require(
                    path + ".label", labels.add(label) && !label.contains("@"), "must differ from all other rows");
            prompt(path + ".prompt", variant.getPrompt());
            if (!variant.getExtraction().isEmpty())
                extraction(path + ".extraction", spec.getReward(), variant.getExtraction());
        }
    }

    private void reward(EvaluationSpec spec) {
        Reward reward = spec.getReward();
        if (reward.getTermsCount() == 0) {
            List<String> scorers = Stream.concat(
                            Stream.of(AnswerJudge.CODE),
                            Arrays.stream(Scorer.values()).map(Scorer::label))
                    .toList();
            fields.oneOf("reward.scorer", reward.getScorer(), scorers);
            extraction("reward.extraction", reward, reward.getExtraction());
            return;
        }
        RewardSpec terms = new RewardSpec(RewardTermWire.terms(reward.getTermsList()));
        fields.addAll(RewardTermWire.problems(terms, "reward.terms"));
        fields.require("reward.terms", terms.compares(), "must have one that compares with the right answer");
        fields.require("reward.scorer", reward.getScorer().isEmpty(), "has no meaning beside terms");
    }

    private void extraction(String path, Reward reward, String name) {
        if (reward.getTermsCount() > 0) return; // each term has its own
        Stream<String> allowed = reward.getScorer().equals(AnswerJudge.CODE)
                ? Stream.of(TermKind.Code.BLOCK, TermKind.Code.QUESTION)
                : Arrays.stream(Extraction.values()).map(Extraction::label);
        fields.oneOf(path, name, allowed.toList());
    }

    private void decodings(EvaluationSpec spec) {
        int count = spec.getDecodingsCount();
        fields.require(
                "decodings", count >= 1 && count <= MAX_DECODINGS, "must be 1 to " + MAX_DECODINGS + ", not " + count);
        Set<Sampling> seen = new HashSet<>();
        for (int i = 0; i < count; i++) {
            Sampling decoding = spec.getDecodings(i);
            String path = "decodings." + i;
            sampling(path, decoding);
            fields.require(path, seen.add(decoding), "is the same as an earlier one");
        }
    }

    private void sampling(String path, Sampling decoding) {
        try {
            PolicyWire.sampling(decoding);
        } catch (Failure bad) {
            for (FieldProblem field : bad.fields()) {
                fields.require(field.path().replace("sampling", path), false, field.problem());
            }
        }
    }
}
