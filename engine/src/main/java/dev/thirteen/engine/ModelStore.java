package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Base models by folder, each loaded once and kept; the least recently used one goes when there are too many. */
public final class ModelStore implements AutoCloseable {
    /**
     * Where models are and how many are kept.
     *
     * @param root folder under which names are looked up
     * @param absolutePaths whether an absolute path is accepted too
     * @param maxModels models kept in memory
     */
    public record Options(Path root, boolean absolutePaths, int maxModels, EngineOptions engine) {}

    private final Options options;
    private final BiFunction<Path, EngineOptions, BaseModel> load;
    private final @Nullable Gate gate;
    /** One model is loaded at a time; who asks for one that is here does not wait for it. */
    private final Object loading = new Object();
    /** By folder, least recently used first. Guarded by itself, for moments alone. */
    private final SequencedMap<Path, BaseModel> models = new LinkedHashMap<>();

    /** Looks at the memory before a model is loaded into it, and is told what became of that; one model at a time. */
    public interface Gate {
        /**
         * Keeps room for the model until {@link #loaded}.
         *
         * @param kept models that stay
         * @throws Failure CAPACITY where the model finds no room beside those that are kept, or none yet
         */
        void pass(String name, MemoryNeed next, List<BaseModel> kept);

        /** What passed has ended: in the model, or in null where it could not be loaded. */
        void loaded(@Nullable BaseModel model);
    }

    public ModelStore(Options options) {
        this(options, BaseModel::load, null);
    }

    public ModelStore(Options options, Gate gate) {
        this(options, BaseModel::load, gate);
    }

    /** @param load what loads a folder */
    ModelStore(Options options, BiFunction<Path, EngineOptions, BaseModel> load, @Nullable Gate gate) {
        if (options.maxModels() < 1) throw new IllegalArgumentException("a store keeps a model: " + options);
        this.options = options;
        this.load = load;
        this.gate = gate;
    }

    /**
     * The model of a folder, loaded on first use (other callers wait for it). When there are too many, the least recently
     * used one goes; decoders and gradients that use it go on until they are closed.
     *
     * @throws Failure NOT_FOUND or CALLER for a folder that is not there or not allowed
     */
    public BaseModel get(String folder) {
        Path path = resolve(folder);
        BaseModel here = used(path);
        if (here != null) return here;
        synchronized (loading) {
            BaseModel meanwhile = used(path);
            if (meanwhile != null) return meanwhile;
            BaseModel model = gate == null ? loaded(path) : passed(gate, folder, path);
            synchronized (models) {
                models.putLast(path, model);
            }
            return model;
        }
    }

    private BaseModel passed(Gate by, String folder, Path path) {
        by.pass(folder, need(folder), kept());
        BaseModel model = null;
        try {
            model = loaded(path);
            return model;
        } finally {
            by.loaded(model);
        }
    }

    private BaseModel loaded(Path path) {
        makeRoom();
        return load.apply(path, options.engine());
    }

    private @Nullable BaseModel used(Path path) {
        synchronized (models) {
            BaseModel model = models.remove(path);
            if (model != null) models.putLast(path, model);
            return model;
        }
    }

    private void makeRoom() {
        synchronized (models) {
            while (models.size() >= options.maxModels())
                models.pollFirstEntry().getValue().close();
        }
    }

    /** Models that stay when one more comes. */
    private List<BaseModel> kept() {
        synchronized (models) {
            int going = Math.max(0, models.size() - options.maxModels() + 1);
            return models.values().stream().skip(going).toList();
        }
    }

    /**
     * What the model of a folder takes of memory; loads nothing.
     *
     * @throws Failure NOT_FOUND or CALLER for a folder that is not there, not allowed or cannot be loaded
     */
    public MemoryNeed need(String folder) {
        return MemoryNeed.read(resolve(folder), options.engine());
    }

    /**
     * What the folder's small files say; loads nothing.
     *
     * @throws Failure NOT_FOUND or CALLER for a folder that is not there, not allowed or of an unknown kind
     */
    public ModelOutline outline(String folder) {
        return ModelOutline.read(resolve(folder));
    }

    /**
     * Lets a model pass that has a chat template, or that is here: its tokenizer refuses a chat by itself. Loads nothing.
     *
     * @throws Failure as {@link #outline}, and CALLER for a model without chat template
     */
    public void requireChat(String folder) {
        if (!loaded(folder)) outline(folder).requireChat();
    }

    /**
     * Whether the model of a folder is in memory.
     *
     * @throws Failure NOT_FOUND or CALLER for a folder that is not there or not allowed
     */
    public boolean loaded(String folder) {
        Path path = resolve(folder);
        synchronized (models) {
            return models.containsKey(path);
        }
    }

    /** Names of what is loaded and of what stands directly under the root, in order. */
    public SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>();
        synchronized (models) {
            models.keySet().forEach(folder -> names.add(name(folder.toString())));
        }
        try (Stream<Path> folders = Files.list(options.root())) {
            folders.filter(folder -> Files.isRegularFile(folder.resolve("config.json")))
                    .forEach(folder -> names.add(folder.getFileName().toString()));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, options.root() + " cannot be read: " + e.getMessage(), e);
        }
        return names;
    }

    /** The shortest name by which a folder, named in any way, is found here. */
    public String name(String folder) {
        Path root = options.root().toAbsolutePath().normalize();
        try {
            Path named = root.resolve(folder).normalize();
            return named.startsWith(root) ? root.relativize(named).toString() : folder;
        } catch (InvalidPathException e) {
            return folder;
        }
    }

    private Path resolve(String folder) {
        try {
            Path path = Path.of(folder);
            if (path.isAbsolute()) {
                if (options.absolutePaths()) return existing(path.normalize());
                throw new Failure(Failure.Kind.CALLER, "absolute model folders are not allowed here: " + folder);
            }
            Path root = options.root().toAbsolutePath().normalize();
            Path inside = root.resolve(path).normalize();
            if (folder.isBlank() || inside.equals(root) || !inside.startsWith(root)) {
                throw new Failure(Failure.Kind.CALLER, "'" + folder + "' is no name of a model folder");
            }
            return existing(inside);
        } catch (InvalidPathException e) {
            throw new Failure(Failure.Kind.CALLER, "'" + folder + "' is no name of a model folder", e);
        }
    }

    private static Path existing(Path folder) {
        if (Files.isDirectory(folder)) return folder;
        throw new Failure(Failure.Kind.NOT_FOUND, "there is no model folder " + folder);
    }

    /**
     * The same, verified.
     *
     * @param digest expected digest; empty means any
     * @throws Failure CONFLICT when the digest differs
     */
    public BaseModel get(String folder, String digest) {
        BaseModel model = get(folder);
        if (digest.isEmpty() || digest.equals(model.digest())) return model;
        throw new Failure(
                Failure.Kind.CONFLICT,
                "the model '%s' here is %s, %s is expected".formatted(folder, model.digest(), digest));
    }

    @Override
    public void close() {
        // What is being loaded comes first, so that it is closed too.
        synchronized (loading) {
            synchronized (models) {
                models.values().forEach(BaseModel::close);
                models.clear();
            }
        }
    }
}
