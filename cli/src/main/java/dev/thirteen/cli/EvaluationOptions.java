package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.Sampling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options that say what is evaluated; what is not given comes from a benchmark, or from a run. */
final class EvaluationOptions {
    @Option(
            names = {"-a", "--adapter"},
            paramLabel = "RUN@STEP",
            description = "Adapted policy, imported ones too; may be given more than once, for policies of one base.")
    List<String> adapters = List.of();

    @Option(
            names = "--base",
            paramLabel = "FOLDER",
            description = "Base model: a folder here, or a name that the server knows. Default: that of the adapters.")
    @Nullable
    String base;

    @Option(
            names = {"-b", "--benchmark"},
            paramLabel = "NAME|FILE",
            description = "A benchmark of benchmarks/, or a YAML file like these; may be given more than once.")
    List<String> benchmarks = List.of();

    @Option(names = "--sample", description = "Only the few problems of the benchmark that the project ships.")
    boolean sample;

    @Option(
            names = "--problems",
            paramLabel = "N",
            description = "Number of problems, from the first on. Default: the run's plan, of benchmarks all.")
    @Nullable
    Integer problems;

    @Option(
            names = "--data-set",
            paramLabel = "SET",
            description =
                    "Problems instead of a benchmark: a JSON Lines, CSV, TSV or Parquet file, a Hugging Face folder,"
                            + " or a generator: NAME:SPLIT[:SEED] such as arithmetic:test, or"
                            + " random-arithmetic:TERMSxDIGITS[:SEED]. Default: the run's evaluation plan.")
    @Nullable
    String dataSet;

    @Mixin
    DataLocation location = new DataLocation();

    @Mixin
    FieldOptions fields = new FieldOptions();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "NAME|FILE",
            description =
                    "Prompt of base and adapted policies: one of prompts/, or a YAML file like these. Default: the"
                            + " benchmark's first, or the run's.")
    @Nullable
    String prompt;

    @Option(
            names = "--base-prompt",
            paramLabel = "NAME|LABEL=TEXT",
            description = "A further row: the base alone under a named prompt, or under this user text, which holds"
                    + " {question}. Default: the benchmark's other prompts; none for no row.")
    List<String> basePrompts = List.of();

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description =
                    "Decoding; 0 is greedy; may be given more than once. Default: the benchmark's; else the run's,"
                            + " and greedy.")
    List<Float> temperatures = List.of();

    @Option(
            names = {"-n", "--samples"},
            paramLabel = "N",
            description = "Answers a problem at temperatures above 0. Default: the benchmark's, else 1.")
    @Nullable
    Integer samples;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Longest answer. Default: the benchmark's or run's.")
    @Nullable
    Integer maxTokens;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "N", description = "Seed of all policies. Default: 0.")
    long seed;

    @Option(
            names = "--like",
            paramLabel = "RUN|FILE",
            description = "Run, or run file, whose prompt, reward, data set and sampling are used. Default: that of the"
                    + " first adapter; for an imported one the newest run on its base.")
    @Nullable
    String like;

    @Option(
            names = "--probe",
            description = "Look for signs that the model was trained on the problems, instead of comparing policies.")
    boolean probe;

    @Option(
            names = "--learning-curve",
            paramLabel = "RUN",
            description = "Evaluate the versions of a run as they come, on a dev split, instead of --adapter.")
    @Nullable
    String curve;

    @Option(
            names = "--every",
            paramLabel = "STEPS",
            defaultValue = "10",
            description = "Of --learning-curve: a version each so many steps. Default: ${DEFAULT-VALUE}.")
    long every;

    /** The decodings asked for, each on the grounds of what a benchmark or run decodes by. */
    List<Sampling> decodings(Sampling ground, List<Float> usual) {
        List<Sampling> decodings = new ArrayList<>();
        for (float temperature : temperatures.isEmpty() ? usual : temperatures) {
            decodings.add(ground.toBuilder()
                    .setTemperature(temperature)
                    .setMaxTokens(maxTokens == null ? ground.getMaxTokens() : maxTokens)
                    .setSeed(seed)
                    .build());
        }
        return decodings;
    }

    /** User texts of further rows by label; those that name a prompt are left out. */
    Map<String, String> basePromptTexts() {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String given : basePrompts) {
            int at = given.indexOf('=');
            if (at > 0) texts.put(given.substring(0, at), given.substring(at + 1));
        }
        return texts;
    }

    /** Named prompts of further rows; empty where nothing was said of them. */
    Optional<List<String>> basePromptNames() {
        if (basePrompts.isEmpty()) return Optional.empty();
        return Optional.of(basePrompts.stream()
                .filter(given -> given.indexOf('=') < 0 && !given.equals("none"))
                .toList());
    }

    /** Refuses what contradicts itself before anything is read. */
    void check() {
        if (curve != null && !adapters.isEmpty()) throw refusal("--learning-curve takes the place of --adapter");
        if (curve != null && probe) throw refusal("--learning-curve and --probe exclude one another");
        if (dataSet != null && !benchmarks.isEmpty()) throw refusal("--data-set takes the place of --benchmark");
        if (sample && benchmarks.isEmpty()) throw refusal("--sample needs --benchmark");
        boolean policy = !adapters.isEmpty() || base != null || curve != null;
        if (!policy) throw refusal("say what to evaluate: --adapter RUN@STEP, --base FOLDER or --learning-curve RUN");
        boolean known = !adapters.isEmpty() || curve != null || like != null || !benchmarks.isEmpty();
        if (!known) throw refusal("say by what to evaluate the base: --benchmark NAME or --like RUN|FILE");
    }

    private static Failure refusal(String text) {
        return new Failure(Failure.Kind.CALLER, text);
    }
}
