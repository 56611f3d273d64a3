package dev.thirteen.trainer;

import dev.thirteen.core.adapter.AdapterSize;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.KeptTokenizer;
import dev.thirteen.engine.ModelOutline;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.kit.EngineSettings;
import dev.thirteen.kit.ModelSettings;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.RunState;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;

/** Base models by the engine. */
@Singleton
class EngineModels implements Models {
    private final ModelSettings settings;
    private final EngineSettings engine;
    private final ModelStore store;
    private final RunBases bases;
    private final SharedPrompts prompts;
    private final EngineAdapters adapters;
    private final KeptTokenizer tokenizer = new KeptTokenizer();

    EngineModels(ModelSettings settings, EngineSettings engine, Blobs blobs, DataSets dataSets, RunIndex index) {
        this.settings = settings;
        this.engine = engine;
        this.bases = new RunBases(blobs, index, Runtime.getRuntime().maxMemory() / 2);
        this.prompts = new SharedPrompts(dataSets);
        this.store = new ModelStore(new ModelStore.Options(
                Path.of(settings.root()),
                settings.absolutePaths(),
                settings.maxModels(),
                EngineOptions.of(engine.precision(), engine.threads(), engine.deviceRoom())));
        this.adapters = new EngineAdapters(store, blobs);
    }

    @Override
    public List<FieldProblem> problems(RunSpec spec) {
        ModelOutline base;
        try {
            requireFolder(spec.base().folder());
            base = store.outline(spec.base().folder());
        } catch (Failure e) {
            return List.of(new FieldProblem("base-model.folder", String.valueOf(e.getMessage())));
        }
        return spec.problems().isEmpty() ? unfit(spec, base) : List.of();
    }

    @Override
    public ModelShape shape(String folder) {
        requireFolder(folder);
        return store.outline(folder).shape();
    }

    @Override
    public AdapterSize size(RunSpec spec) {
        requireFolder(spec.base().folder());
        return size(spec, store.outline(spec.base().folder()));
    }

    private static AdapterSize size(RunSpec spec, ModelOutline base) {
        return spec.familyAdapter()
                .map(base::size)
                .orElseGet(() -> AdapterSize.of(base.shape(), spec.tinyLora().orElseThrow()));
    }

    /** Tokens that prompt and completion may have together where they are generated. */
    private int longest(int maxPositions) {
        return Math.min(maxPositions, engine.maxSequenceTokens());
    }

    private String whatBounds(int maxPositions) {
        return maxPositions <= engine.maxSequenceTokens()
                ? "positions of the base model"
                : "thirteen.engine.max-sequence-tokens";
    }

    private List<FieldProblem> unfit(RunSpec spec, ModelOutline base) {
        List<FieldProblem> problems = new ArrayList<>();
        if (spec.prompt().chat()) chat(problems, base);
        int tokens = spec.sampling().maxTokens();
        int longest = longest(base.maxPositions());
        if (tokens >= longest) {
            problems.add(new FieldProblem(
                    "sampling.max-tokens",
                    "must leave room for a prompt in the %d tokens of a sequence (%s), not be %d"
                            .formatted(longest, whatBounds(base.maxPositions()), tokens)));
        }
        int samples = spec.schedule().samplesPerGroup();
        if (samples > engine.maxRows()) {
            problems.add(new FieldProblem(
                    "samples-per-group",
                    "must be at most %d, the rows that are decoded together (thirteen.engine.max-rows), not %d"
                            .formatted(engine.maxRows(), samples)));
        }
        adapter(problems, spec, base);
        return problems;
    }

    private static void chat(List<FieldProblem> problems, ModelOutline base) {
        try {
            base.requireChat();
        } catch (Failure e) {
            problems.add(new FieldProblem("prompt.chat", "must be false: " + e.getMessage()));
        }
    }

    private static void adapter(List<FieldProblem> problems, RunSpec spec, ModelOutline base) {
        List<Integer> targets;
        try {
            targets = spec.adapter().targets().of(base.shape());
        } catch (Failure e) {
            problems.add(new FieldProblem("adapter.target-modules", String.valueOf(e.getMessage())));
            return;
        }
        boolean tiny = spec.tinyLora().isPresent();
        int most = base.shape().maxRank(targets);
        int rank = spec.tinyLora()
                .map(TinyLoraSpec::rank)
                .orElseGet(() -> spec.familyAdapter().orElseThrow().family().largestRank());
        if (rank > most && !spec.familyLabel().equals("VeRA")) {
            problems.add(new FieldProblem(
                    spec.familyLabel().equals("AdaLoRA") ? "adapter.initial-rank" : "adapter.rank",
                    "must be at most %d, the smallest side of an adapted module of the base model, not %d"
                            .formatted(most, rank)));
            if (!tiny) return;
        } else {
            spec.tinyLora().ifPresent(shape -> frozen(problems, shape.frozenNumbers(base.shape())));
        }
        try {
            size(spec, base);
        } catch (Failure e) {
            problems.add(new FieldProblem("adapter", String.valueOf(e.getMessage())));
        }
    }

    /** U, S, V and P are in the heaps of trainer- and rollout-service. */
    private static void frozen(List<FieldProblem> problems, long numbers) {
        long most = Runtime.getRuntime().maxMemory() / 4;
        if (numbers > most / Float.BYTES) {
            problems.add(new FieldProblem(
                    "adapter",
                    String.format(
                            Locale.ROOT,
                            "must have fewer frozen numbers, of which P has u * rank * rank a module: they take %,d bytes, and a"
                                    + " quarter of this trainer's heap is %,d. Lower u or rank, or the budget that gave them,"
                                    + " or give trainer- and rollout-service larger heaps",
                            numbers * Float.BYTES,
                            most)));
        }
    }

    private void requireFolder(String folder) {
        Path path = path(folder);
        if (path.isAbsolute() && !settings.absolutePaths()) {
            throw new Failure(
                    Failure.Kind.CALLER, "absolute paths are not allowed here (thirteen.models.absolute-paths)");
        }
        Path config = Path.of(settings.root()).resolve(path).resolve("config.json");
        if (!Files.isRegularFile(config)) {
            throw new Failure(
                    Failure.Kind.NOT_FOUND,
                    "no base model: " + config.toAbsolutePath().normalize() + " is not there");
        }
    }

    private static Path path(String folder) {
        try {
            return Path.of(folder);
        } catch (InvalidPathException e) {
            throw new Failure(Failure.Kind.CALLER, "'" + folder + "' is no name of a folder", e);
        }
    }

    @Override
    public void requireRoom(RunSpec spec, List<Problem> problems) {
        String folder = spec.base().folder();
        requireFolder(folder);
        int longest = longest(store.outline(folder).maxPositions());
        tokenizer.use(
                Path.of(settings.root()).resolve(path(folder)),
                opened -> new PromptEncoding(spec, opened, longest).requireRoom(problems));
    }

    @Override
    public Workload prepare(RunState record, Consumer<String> activity) {
        RunSpec spec = RunWire.spec(record.getSpec());
        activity.accept("loading base model " + spec.base().folder());
        BaseModel base = store.get(spec.base().folder(), spec.base().digest()).retain();
        try {
            activity.accept("reading and encoding the problems");
            Prompts ofRun = prompts.of(spec, base.tokenizer(), longest(base.maxPositions()));
            Basis basis = bases.of(record, base, activity);
            return new EngineWorkload(
                    store,
                    spec.base().folder(),
                    base,
                    basis,
                    ofRun,
                    spec.schedule().deterministic());
        } finally {
            base.release();
        }
    }

    @Override
    public Trainable trainable(
            dev.thirteen.proto.policy.v1.BaseModel named,
            String basisDigest,
            boolean deterministic,
            Function<String, byte[]> source) {
        BaseModel base = store.get(named.getFolder(), named.getDigest()).retain();
        try {
            Basis basis = Basis.read(base, source.apply(basisDigest));
            return new EngineWorkload(store, named.getFolder(), base, basis, Prompts.NONE, deterministic);
        } finally {
            base.release();
        }
    }

    @Override
    public NamedAdapter.Builder read(
            dev.thirteen.proto.policy.v1.BaseModel named, String config, String tensorsDigest) {
        return adapters.read(named, config, tensorsDigest);
    }

    @Override
    public void export(NamedAdapter adapter, AdapterFormat format, Path folder) {
        adapters.export(adapter, format, folder);
    }

    @PreDestroy
    void close() {
        tokenizer.close();
        store.close();
    }
}
