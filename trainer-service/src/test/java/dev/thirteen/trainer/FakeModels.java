package dev.thirteen.trainer;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.AdapterSize;
import dev.thirteen.core.adapter.BitFit;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleType;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.RunState;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Base models without an engine: prompts are code points, the gradient is a simple sum that depends on every token. */
@Alternative
@Priority(1)
@Singleton
class FakeModels implements Models {
    static final String FOLDER = "tiny";
    /** A base whose gradient is never finite. */
    static final String NOT_FINITE = "not-finite";
    /** A folder whose model gives no number for the log-probs of a reference. */
    static final String REFERENCE_NOT_FINITE = "reference-not-finite";

    /** A base that cannot be loaded at once, for a reason that passes. */
    static final String LATE = "late";

    /** Characters that a question may have. */
    private static final int LONGEST = 1000;

    static final int NUMBERS = 3;
    private static final AdapterFamily FAMILY = new BitFit(Map.of(0, NUMBERS));
    /** Log-prob of every token under the base alone. */
    static final double REFERENCE = -1;

    static final String BASE_DIGEST = "sha256:" + "b".repeat(64);

    private final Function<RunSpec, List<Problem>> problems;
    private final Function<byte[], String> store;
    private final AtomicInteger lateLoads = new AtomicInteger();

    private final @Nullable EngineModels engine;

    @Inject
    FakeModels(DataSets dataSets, Blobs blobs, EngineModels engine) {
        this(dataSets::training, blobs::put, engine);
    }

    FakeModels(Function<RunSpec, List<Problem>> problems, Function<byte[], String> store) {
        this(problems, store, null);
    }

    /** @param engine reads and writes imported adapters */
    private FakeModels(
            Function<RunSpec, List<Problem>> problems, Function<byte[], String> store, @Nullable EngineModels engine) {
        this.problems = problems;
        this.store = store;
        this.engine = engine;
    }

    @Override
    public List<FieldProblem> problems(RunSpec spec) {
        String folder = spec.base().folder();
        boolean there = List.of(FOLDER, NOT_FINITE, REFERENCE_NOT_FINITE, LATE).contains(folder);
        return there ? List.of() : List.of(new FieldProblem("base-model.folder", "no base model: " + folder));
    }

    @Override
    public ModelShape shape(String folder) {
        return new ModelShape(
                1,
                Arrays.stream(ModuleType.values())
                        .map(type -> new AdaptedModule(0, type, 8, 8))
                        .toList());
    }

    @Override
    public AdapterSize size(RunSpec spec) {
        return spec.tinyLora()
                .map(shape -> AdapterSize.of(shape(spec.base().folder()), shape))
                .orElse(new AdapterSize(NUMBERS, NUMBERS));
    }

    @Override
    public void requireRoom(RunSpec spec, List<Problem> problems) {
        for (Problem problem : problems) {
            if (problem.question().length() <= LONGEST) continue;
            throw new Failure(Failure.Kind.CALLER, "problem '" + problem.id() + "': the prompt is too long");
        }
    }

    @Override
    public Workload prepare(RunState record, Consumer<String> activity) {
        activity.accept("pretending");
        RunSpec spec = RunWire.spec(record.getSpec());
        if (spec.base().folder().equals(LATE) && lateLoads.getAndIncrement() == 0) {
            throw new Failure(Failure.Kind.OUTSIDE, "the blobs are away");
        }
        List<Problem> all = problems.apply(spec);
        List<int[]> tokens = all.stream()
                .map(problem ->
                        spec.promptTemplate().userText(problem).codePoints().toArray())
                .toList();
        List<int[]> completions = all.stream()
                .map(problem -> problem.answer().codePoints().toArray())
                .toList();
        Prompts prompts = new Prompts(
                all,
                tokens,
                completions,
                spec.sampling().seed(),
                spec.schedule().groupsPerStep());
        String basis = store.apply(("basis of " + spec.adapter()).getBytes(StandardCharsets.UTF_8));
        return new Pretence(prompts, basis, spec.base().folder());
    }

    @Override
    public Trainable trainable(
            BaseModel named, String basisDigest, boolean deterministic, Function<String, byte[]> blobs) {
        return new Pretence(Prompts.NONE, basisDigest, named.getFolder());
    }

    @Override
    public NamedAdapter.Builder read(BaseModel base, String config, String tensorsDigest) {
        return Objects.requireNonNull(engine).read(base, config, tensorsDigest);
    }

    @Override
    public void export(NamedAdapter adapter, AdapterFormat format, Path folder) {
        if (!adapter.getAdapter().hasTinylora()) {
            Objects.requireNonNull(engine).export(adapter, format, folder);
            return;
        }
        try {
            Files.writeString(folder.resolve("adapter_config.json"), "{}");
            Files.write(folder.resolve("adapter_model.safetensors"), new byte[Blobs.PIECE_BYTES + 1]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Pretence(Prompts prompts, String basisDigest, String folder) implements Workload {
        @Override
        public String baseDigest() {
            return BASE_DIGEST;
        }

        @Override
        public String tokenizerDigest() {
            return BASE_DIGEST;
        }

        @Override
        public int degreesOfFreedom() {
            return NUMBERS;
        }

        @Override
        public AdapterFamily family() {
            return FAMILY;
        }

        @Override
        public List<double[]> logProbs(
                float[] values, List<PolicyGradient.Sequence> sequences, double temperature, int microBatchTokens) {
            return sequences.stream()
                    .map(sequence -> {
                        double[] logProbs = new double[sequence.completionTokens().length];
                        Arrays.fill(logProbs, folder.equals(REFERENCE_NOT_FINITE) ? Double.NaN : REFERENCE);
                        return logProbs;
                    })
                    .toList();
        }

        @Override
        public PolicyGradient.Result gradient(
                float[] values,
                List<PolicyGradient.Sequence> sequences,
                double temperature,
                int microBatchTokens,
                boolean entropies,
                PolicyGradient.TokenWeights weights) {
            double[] gradient = new double[NUMBERS];
            List<double[]> current = new ArrayList<>();
            for (int i = 0; i < sequences.size(); i++) {
                int[] completion = sequences.get(i).completionTokens();
                double[] logProbs = new double[completion.length];
                Arrays.fill(logProbs, -0.5 - Math.abs(values[0]));
                current.add(logProbs.clone());
                double[] entropy = entropies ? logProbs.clone() : new double[0];
                double[] slope = weights.of(i, logProbs, entropy).byLogProb();
                for (int t = 0; t < slope.length; t++) {
                    gradient[t % NUMBERS] += folder.equals(NOT_FINITE) ? Double.NaN : slope[t] * completion[t];
                }
            }
            return new PolicyGradient.Result(gradient, current);
        }

        @Override
        public void close() {}
    }
}
