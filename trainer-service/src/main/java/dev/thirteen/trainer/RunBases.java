package dev.thirteen.trainer;

import dev.thirteen.core.adapter.FamilyAdapterSpec;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.proto.training.v1.RunState;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;

/**
 * Bases of runs. The bits of an SVD differ between machines, so that of a base and a rank is derived once and used again: runs
 * with one adapter have one basis, in memory too, and those that differ in seed, u or tying have one A and B. Used by the
 * thread that prepares runs.
 */
final class RunBases {
    /** What A and B depend on. */
    private record FactorKey(String baseDigest, int rank, SigmaForm form, TargetModules targets) {
        static FactorKey of(BaseModel base, TinyLoraSpec spec) {
            return new FactorKey(base.digest(), spec.rank(), spec.sigmaForm(), spec.targets());
        }
    }

    private final Blobs blobs;
    private final RunIndex index;
    private final long room;
    private final Map<String, WeakReference<Basis>> byDigest = new HashMap<>();
    private final Map<FactorKey, WeakReference<Basis>> byFactors = new HashMap<>();

    /** @param room bytes that the projections of runs may take together */
    RunBases(Blobs blobs, RunIndex index, long room) {
        this.blobs = blobs;
        this.index = index;
        this.room = room;
    }

    /**
     * The basis of a run: the recorded one, that of a run with the same adapter, or a new one, which is kept.
     *
     * @throws Failure CONFLICT while those of others leave no room for its projections
     */
    Basis of(RunState record, BaseModel base, Consumer<String> activity) {
        var spec = RunWire.spec(record.getSpec());
        Optional<String> known = Optional.of(record.getAdapter().getBasisDigest())
                .filter(recorded -> !recorded.isEmpty())
                .or(() -> another(base, other -> RunWire.sameAdapter(other.getSpec(), record.getSpec())));
        Optional<Basis> live = known.flatMap(digest -> live(byDigest, digest));
        if (live.isPresent()) return live.get();
        spec.tinyLora().ifPresent(shape -> requireRoom(shape.projectionNumbers(base.shape()) * Float.BYTES));
        if (known.isPresent()) return read(base, known.get());
        Basis made = spec.tinyLora()
                .map(shape -> tinyLora(base, shape, activity))
                .orElseGet(() -> family(base, spec.familyAdapter().orElseThrow(), activity));
        activity.accept("storing the basis");
        blobs.put(made);
        return remembered(base, made);
    }

    private Basis tinyLora(BaseModel base, TinyLoraSpec spec, Consumer<String> activity) {
        FactorKey key = FactorKey.of(base, spec);
        return live(byFactors, key)
                .or(() -> another(base, other -> sameFactors(other, key)).map(digest -> read(base, digest)))
                .map(alike -> alike.like(base, spec))
                .orElseGet(() -> Basis.derive(base, spec, progress(base, spec.targets(), activity)));
    }

    private static Basis family(BaseModel base, FamilyAdapterSpec spec, Consumer<String> activity) {
        return Basis.derive(base, spec, progress(base, spec.targets(), activity));
    }

    private static IntConsumer progress(BaseModel base, TargetModules targets, Consumer<String> activity) {
        int modules = targets.of(base.shape()).size();
        return done -> activity.accept("deriving the basis: module " + done + " of " + modules);
    }

    private static boolean sameFactors(RunState other, FactorKey key) {
        return RunWire.spec(other.getSpec())
                .tinyLora()
                .filter(spec -> spec.rank() == key.rank() && spec.sigmaForm() == key.form())
                .filter(spec -> spec.targets().equals(key.targets()))
                .isPresent();
    }

    /** The recorded basis of another run on a base. */
    private Optional<String> another(BaseModel base, Predicate<RunState> wanted) {
        return index.states().stream()
                .filter(other -> other.getSpec().getBaseModel().getDigest().equals(base.digest()))
                .filter(other -> !other.getAdapter().getBasisDigest().isEmpty())
                .filter(wanted)
                .map(other -> other.getAdapter().getBasisDigest())
                .filter(blobs::contains)
                .findFirst();
    }

    private Basis read(BaseModel base, String digest) {
        return live(byDigest, digest).orElseGet(() -> remembered(base, Basis.read(base, blobs.get(digest))));
    }

    private static <K> Optional<Basis> live(Map<K, WeakReference<Basis>> known, K key) {
        return Optional.ofNullable(known.get(key)).map(WeakReference::get);
    }

    private void requireRoom(long bytes) {
        if (held() + bytes <= room) return;
        // What ended runs had may still be there.
        System.gc();
        long held = held();
        if (held + bytes <= room) return;
        throw new Failure(
                // Not CAPACITY: other runs would wait behind one that is tried again.
                Failure.Kind.CONFLICT,
                String.format(
                        Locale.ROOT,
                        "the projections P of runs that are under way take %,d bytes and those of this run %,d; %,d are there for"
                                + " them. Resume it when others have ended, lower u or rank, share a projection seed, or give"
                                + " the trainer a larger heap",
                        held,
                        bytes,
                        room));
    }

    private long held() {
        return byDigest.values().stream()
                .map(WeakReference::get)
                .filter(Objects::nonNull)
                .mapToLong(Basis::projectionBytes)
                .sum();
    }

    private Basis remembered(BaseModel base, Basis basis) {
        byDigest.values().removeIf(kept -> kept.get() == null);
        byDigest.put(basis.digest(), new WeakReference<>(basis));
        basis.tinyLora().ifPresent(spec -> byFactors.put(FactorKey.of(base, spec), new WeakReference<>(basis)));
        return basis;
    }
}
