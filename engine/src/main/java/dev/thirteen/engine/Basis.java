package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.FamilyAdapterSpec;
import dev.thirteen.core.adapter.LoraXs;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The frozen part of an adapter on one base: which family it is of, which modules it changes and the tensors that are not
 * trained. With values it is a policy. Made once and shared by digest, because the bits of an SVD differ between machines.
 * Shared by threads.
 */
public final class Basis {
    private final ModelShape shape;
    private final AdapterFamily family;
    private final @Nullable TinyLoraSpec tinyLora;
    private final @Nullable AdapterPlan plan;
    private final Content content;
    private final String digest;
    private final long bytes;
    private final FrozenFactors frozen;
    private final boolean whole;

    /** Writes the same bytes whenever it is asked. */
    interface Content {
        void to(OutputStream out) throws IOException;
    }

    private Basis(
            ModelShape shape,
            AdapterFamily family,
            @Nullable TinyLoraSpec tinyLora,
            @Nullable AdapterPlan plan,
            Content content,
            ContentDigest of) {
        this.shape = shape;
        this.family = family;
        this.tinyLora = tinyLora;
        this.plan = plan;
        this.content = content;
        this.whole = true;
        this.digest = of.digest();
        this.bytes = of.bytes();
        this.frozen = new FrozenFactors(shape, family);
    }

    /** The same A and B under the same name, without the projections. */
    private Basis(Basis of, LoraXs family) {
        this.shape = of.shape;
        this.family = family;
        this.tinyLora = null;
        this.plan = null;
        this.whole = false;
        this.content = _ -> requireWhole();
        this.digest = of.digest;
        this.bytes = of.bytes;
        this.frozen = of.frozen;
    }

    /** Of TinyLoRA what sampling takes: its values are R, and it holds no P. Of others the basis itself. */
    Basis withoutProjections() {
        return family instanceof TinyLora own ? new Basis(this, own.withoutProjections()) : this;
    }

    /**
     * A basis that was derived from a base by a spec.
     *
     * @param content makes the bytes when it is asked: thousands of bases share A and B, their files do not
     * @param of what these bytes are
     */
    static Basis derived(ModelShape shape, AdapterFamily family, TinyLoraSpec spec, Content content, ContentDigest of) {
        return new Basis(shape, family, spec, null, content, of);
    }

    /** A basis by an adapter config. */
    static Basis planned(ModelShape shape, AdapterFamily family, AdapterPlan plan, byte[] file) {
        return new Basis(shape, family, null, plan, out -> out.write(file), ContentDigest.of(file));
    }

    /** Truncated SVD of every module (arXiv 2602.04118, section 4), and P from the seed. */
    public static Basis derive(BaseModel base, TinyLoraSpec spec) {
        return derive(base, spec, done -> {});
    }

    /**
     * The same, telling how far it is.
     *
     * @throws Failure CALLER when the rank is larger than the smaller side of a module
     * @param progress is given the number of modules done, after each
     */
    public static Basis derive(BaseModel base, TinyLoraSpec spec, IntConsumer progress) {
        return TinyLoraBasis.derive(base, spec, progress);
    }

    /**
     * The basis of another family on a base.
     *
     * @param progress is given the number of modules done, where there is something to do
     * @throws Failure CALLER when the base cannot have the adapter
     */
    public static Basis derive(BaseModel base, FamilyAdapterSpec spec, IntConsumer progress) {
        return FamilyBasis.derive(base, spec, progress);
    }

    /** Whether {@link #like} can make the basis of a spec of this one: it has the same A and B. */
    public boolean serves(TinyLoraSpec spec) {
        return tinyLora != null
                && tinyLora.rank() == spec.rank()
                && tinyLora.sigmaForm() == spec.sigmaForm()
                && tinyLora.targets().equals(spec.targets());
    }

    /**
     * The basis of a spec that differs in seed, u, tying or values alone: P is drawn again, nothing else is derived.
     *
     * @throws Failure BUG where it does not serve
     */
    public Basis like(BaseModel base, TinyLoraSpec spec) {
        if (!serves(spec)) throw new Failure(Failure.Kind.BUG, "a basis of other factors was asked for");
        return TinyLoraBasis.like(base, (TinyLora) family, spec);
    }

    /**
     * Reads what {@link #writeTo} gave.
     *
     * @throws Failure CALLER when content or shapes do not fit the base
     */
    public static Basis read(BaseModel base, byte[] file) {
        return BasisFile.read(base, file);
    }

    /** @throws Failure BUG for one without projections: what is made of it is neither trained nor written */
    void requireWhole() {
        if (!whole) throw new Failure(Failure.Kind.BUG, "a policy that only samples was to be trained or written");
    }

    /** Writes a safetensors file that holds everything but the values. */
    public void writeTo(OutputStream out) throws IOException {
        content.to(out);
    }

    /** What {@link #writeTo} writes. */
    public byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(Math.toIntExact(bytes));
        try {
            writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return out.toByteArray();
    }

    /** Length of {@link #toBytes()}; in memory it takes about as much, unless it is without projections. */
    public long bytes() {
        return bytes;
    }

    /** Of them those of P in memory, which no other basis shares; 0 for other families. */
    public long projectionBytes() {
        return tinyLora == null ? 0 : tinyLora.projectionNumbers(shape) * Float.BYTES;
    }

    /** "sha256:" and 64 hex digits of {@link #toBytes()}. */
    public String digest() {
        return digest;
    }

    /** The spec of a basis that was derived; empty for one that was imported. */
    public Optional<TinyLoraSpec> tinyLora() {
        return Optional.ofNullable(tinyLora);
    }

    /** Number of trained values. */
    public int trainedNumbers() {
        return family.trainedNumbers();
    }

    /**
     * Trained tensors as files name them, with their numbers of elements, in the order of the values; empty for a basis that
     * was derived.
     */
    public SequencedMap<String, Integer> trainedTensors() {
        SequencedMap<String, Integer> tensors = new LinkedHashMap<>();
        if (plan != null) plan.trained().forEach(tensor -> tensors.put(tensor.name(), tensor.elements()));
        return tensors;
    }

    /** How values change the modules. */
    public AdapterFamily family() {
        return family;
    }

    /** The config and tensors of a basis that was imported. */
    Optional<AdapterPlan> plan() {
        return Optional.ofNullable(plan);
    }

    /** Its A and B: equal for bases that may stand in one pass as one. */
    FrozenFactors frozen() {
        return frozen;
    }

    /** The modules of the base. */
    ModelShape shape() {
        return shape;
    }
}
