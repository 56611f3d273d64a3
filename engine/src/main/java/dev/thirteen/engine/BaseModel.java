package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.cpu.VectorWarmUp;
import dev.thirteen.engine.device.Accelerator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A base model in memory: frozen weights, tokenizer and chat template. Shared by threads; closing frees native memory. */
public final class BaseModel implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(BaseModel.class.getName());

    private final Path folder;
    private final ModelConfig config;
    private final ModelShape shape;
    private final ModelWeights weights;
    private final Tokenizer.Opened tokenizer;
    private final ModelDigest digest;
    private final BegunOnce packing = new BegunOnce();
    private final BegunOnce vectorising = new BegunOnce();
    private final AtomicBoolean vectorsAsked = new AtomicBoolean();
    private final TensorType compute;
    /** Decoders, gradients and the owner. */
    private int users = 1;

    private boolean closed;
    private final KeptGradient gradient = new KeptGradient(this, DeviceGradient::of);
    private @Nullable CoreRoom room;

    private BaseModel(Path folder, EngineOptions options, Function<Path, Tokenizer.Opened> texts) {
        this.folder = folder;
        this.config = ConfigFile.read(folder);
        this.shape = config.shape();
        this.compute = compute(options.precision());
        this.digest = new ModelDigest(folder);
        Torch.threads(options.threads());
        // Reading the tokenizer takes one thread as long as all the rest.
        CompletableFuture<Tokenizer.Opened> reading = CompletableFuture.supplyAsync(() -> texts.apply(folder));
        this.weights = weights(reading, options);
        this.tokenizer = joined(reading);
    }

    private ModelWeights weights(CompletableFuture<Tokenizer.Opened> reading, EngineOptions options) {
        try {
            Torch.leaveOneProcessor();
            return open(folder, config, compute, options.deviceRoom());
        } catch (RuntimeException e) {
            reading.thenAccept(Tokenizer.Opened::close);
            throw e;
        } finally {
            Torch.oneThread(false);
        }
    }

    private Tokenizer.Opened joined(CompletableFuture<Tokenizer.Opened> reading) {
        try {
            return reading.join();
        } catch (CompletionException e) {
            weights.close();
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw e;
        }
    }

    private static ModelWeights open(Path folder, ModelConfig config, TensorType compute, List<Long> room) {
        Safetensors file = Safetensors.openFolder(folder);
        try {
            CheckpointTensors tensors = CheckpointTensors.find(file, config);
            Placement placement = Placement.of(tensors, config, compute, room);
            return new ModelWeights(file, tensors, config, compute, placement);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Loads a Hugging Face folder.
     *
     * @throws Failure NOT_FOUND without the folder, CALLER naming file, tensor and reason
     */
    public static BaseModel load(Path folder, EngineOptions options) {
        return load(folder, options, Tokenizer::open);
    }

    /**
     * As {@link #load}, but for tokens alone: where the folder has no tokenizer.json, what needs texts is refused once it is
     * asked for.
     */
    public static BaseModel loadForTokens(Path folder, EngineOptions options) {
        boolean texts = Files.exists(folder.resolve("tokenizer.json"));
        return load(folder, options, texts ? Tokenizer::open : MissingTokenizer::of);
    }

    private static BaseModel load(Path folder, EngineOptions options, Function<Path, Tokenizer.Opened> texts) {
        if (!Files.isDirectory(folder)) throw new Failure(Failure.Kind.NOT_FOUND, "there is no model folder " + folder);
        return new BaseModel(folder, options, texts);
    }

    static TensorType compute(Precision precision) {
        return switch (precision) {
            case FP32 -> TensorType.F32;
            case BF16 -> TensorType.BF16;
            case AUTO -> Torch.multipliesBf16() ? TensorType.BF16 : TensorType.F32;
        };
    }

    /** The modules that an adapter may change. */
    public ModelShape shape() {
        return shape;
    }

    /** "sha256:" and 64 hex digits over config and weights; the first to ask may wait while the files are read. */
    public String digest() {
        return digest.get();
    }

    /** Begins, once, what the first token can do without: weights in the order of the processor, then the digest. */
    void settle() {
        if (!packing.begin()) return;
        retain();
        Thread.ofPlatform().daemon().name("settling of " + folder).start(() -> {
            try {
                if (!VectorKernels.usable(this)) weights.pack();
            } catch (Failure e) {
                LOG.log(System.Logger.Level.WARNING, "decoding goes on with weights that are slower to read", e);
            } finally {
                release();
                packing.end();
            }
            digest.get();
        });
    }

    /** Has the weights brought into the order of loops over vectors, once those are compiled; beside what else is done. */
    void askForVectors() {
        if (!vectorsAsked.compareAndSet(false, true)) return;
        VectorWarmUp.of(weights.vectorFormat(), VectorKernels.format(compute), VectorKernels.products(compute))
                .thenAcceptAsync(compiled -> {
                    if (compiled) vectorise();
                })
                .exceptionally(e -> {
                    // Memory for the second copy of the weights, above all.
                    LOG.log(System.Logger.Level.WARNING, "no loops over vectors, programs go on decoding", e);
                    return null;
                });
    }

    /** Brings the weights into the order of loops over vectors, once. */
    void vectorise() {
        if (!vectorising.begin()) return;
        try {
            retain();
            try {
                weights.makeVectors();
            } finally {
                release();
            }
        } catch (Failure e) {
            LOG.log(System.Logger.Level.DEBUG, "the model went before its weights were in order", e);
        } finally {
            vectorising.end();
        }
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** Longest sequence, prompt and completion together, in tokens. */
    public int maxPositions() {
        return config.maxPositions();
    }

    /** Bytes that keys and values of one token take in the cache of a decoder. */
    public long cacheBytesPerToken() {
        return weights.memory().cacheToken();
    }

    /** What it takes of the memory that it computes in. */
    public MemoryNeed memory() {
        return weights.memory();
    }

    /** What it computes in: BF16 or FP32. */
    public Precision precision() {
        return compute == TensorType.BF16 ? Precision.BF16 : Precision.FP32;
    }

    /**
     * Version with its commit, libtorch, device and precision, for example
     * "thirteen-0.1.0+0123456789ab libtorch-2.7.1 cpu fp32". Sources that differ from the commit put ".changed" behind it, classes
     * that are in no jar say "dev".
     */
    public String engineBuild() {
        String version = BaseModel.class.getPackage().getImplementationVersion();
        return "thirteen-%s libtorch-%s %s %s"
                .formatted(
                        version == null ? "dev" : version,
                        Torch.version(),
                        Torch.onGpu() ? Accelerator.find().name() : "cpu",
                        precision().name().toLowerCase(Locale.ROOT));
    }

    /** The last name of its folder. */
    public String name() {
        return String.valueOf(folder.getFileName());
    }

    /** Where the model was loaded from. */
    Path folder() {
        return folder;
    }

    ModelConfig config() {
        return config;
    }

    /** Which device each layer lies on. */
    Placement placement() {
        return weights.placement();
    }

    ModelWeights weights() {
        return weights;
    }

    /** Weight [out, in] of a module, by its index in model order; a view. */
    PtNDArray weight(int module) {
        return weights.module(shape.modules().get(module));
    }

    /** Number format of weights and activations. */
    TensorType compute() {
        return compute;
    }

    /** A program of this model's shape; the last resource defines it. */
    TorchProgram program(String... resources) {
        Map<String, Object> constants = config.constants(compute);
        constants.put("boundaries", placement().boundaries());
        return TorchProgram.load(constants, resources);
    }

    /**
     * The device's own kernels for gradients by policies of a basis, kept for the next pass like it; empty where there are
     * none.
     */
    Optional<DeviceGradient> deviceGradient(@Nullable Basis basis, int tokens) {
        if (basis == null || !Torch.onGpu()) return Optional.empty();
        synchronized (weights) {
            return gradient.of(basis, tokens);
        }
    }

    /** The room that an earlier gradient on a processor left, which is the caller's then; null where there is none. */
    @Nullable
    CoreRoom takeRoom() {
        synchronized (weights) {
            CoreRoom taken = room;
            room = null;
            return taken;
        }
    }

    /** Keeps room for the next gradient, by a user who has not gone. */
    void keepRoom(CoreRoom left) {
        synchronized (weights) {
            if (room != null) room.close();
            room = left;
        }
    }

    /** Whether its owner has closed it; decoders and gradients that have it go on. */
    public boolean unloaded() {
        synchronized (weights) {
            return closed;
        }
    }

    /**
     * Keeps native memory for one more user, which must {@link #release()} it.
     *
     * @throws Failure CAPACITY when the last user has gone
     */
    public BaseModel retain() {
        synchronized (weights) {
            if (users == 0) {
                throw new Failure(
                        Failure.Kind.CAPACITY, "the model of " + folder + " was just unloaded to make room; try again");
            }
            users++;
        }
        return this;
    }

    /** Gives back what {@link #retain()} took; the last one frees native memory. */
    public void release() {
        synchronized (weights) {
            if (users == 0 || --users > 0) return;
            gradient.close();
            if (room != null) room.close();
            weights.close();
            tokenizer.close();
        }
    }

    /** Frees native memory, once no decoder and no gradient uses it any more. */
    @Override
    public void close() {
        packing.await();
        vectorising.await();
        synchronized (weights) {
            if (closed) return;
            closed = true;
            release();
        }
    }
}
