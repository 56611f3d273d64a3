package dev.thirteen.rollout;

import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.MemoryNeed;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.engine.Policy;
import dev.thirteen.kit.AdapterByValue;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.kit.BlobCache;
import dev.thirteen.kit.CacheSettings;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.EngineSettings;
import dev.thirteen.kit.ModelSettings;
import dev.thirteen.proto.policy.v1.Adapter;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Base models and bases in memory, and the policies made of them. Shared by threads. */
@Singleton
class Policies {
    private static final Logger LOG = Logger.getLogger(Policies.class);

    /** Runs that are compared share theirs. */
    private static final int MAX_BASES = 16;
    /** A basis is a few MB at small ranks, and tens of MB where P has many numbers; the policies made of one hold no P. */
    private static final long MAX_BASES_BYTES = Runtime.getRuntime().maxMemory() / 4;

    private static final int MAX_POLICIES = 64;
    /** A quarter of the heap, in fp32. */
    private static final long MAX_POLICIES_NUMBERS = MAX_BASES_BYTES / Float.BYTES;

    /** @param digest of a basis, or of an adapter */
    private record Key(String baseDigest, String digest) {}

    /**
     * A policy with what names its adapter.
     *
     * @param digest digest of the adapter
     */
    record Adapted(Policy policy, String basisDigest, String digest) {}

    private final ModelStore models;
    private final Optional<String> defaultModel;
    private final CacheBudget budget;
    private final BlobCache blobs;
    private final BlobCache.Source trainer;
    /** Policies whose values are too long for a message, so that a call does not read millions of numbers again. */
    private final RecentlyUsed<Key, Policy> large =
            new RecentlyUsed<>(MAX_POLICIES, MAX_POLICIES_NUMBERS, policy -> policy.values().length);

    private final HeldPolicies<Key> held = new HeldPolicies<>();

    private final RecentlyUsed<Key, Basis> bases = new RecentlyUsed<>(MAX_BASES, MAX_BASES_BYTES, Basis::bytes);

    Policies(
            ModelSettings models,
            EngineSettings engine,
            CacheSettings cache,
            EndpointSettings endpoints,
            Channels channels,
            CacheBudget budget) {
        ModelStore.Options options = new ModelStore.Options(
                Path.of(models.root()),
                models.absolutePaths(),
                models.maxModels(),
                EngineOptions.of(engine.precision(), engine.threads(), engine.deviceRoom()));
        this.models = new ModelStore(options, budget);
        this.defaultModel = models.defaultModel();
        this.budget = budget;
        this.blobs = new BlobCache(Path.of(cache.folder()));
        this.trainer = BlobCache.trainer(channels.to(endpoints.trainer()));
    }

    /**
     * Before any request is taken: looks whether the default model will find room. One that cannot be read fails the requests
     * that name it, not the start: others may be served.
     *
     * @throws Failure CONFLICT where it will not
     */
    void started(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
        if (defaultModel.isEmpty()) return;
        MemoryNeed need;
        try {
            need = models.need(defaultModel.get());
        } catch (Failure unreadable) {
            LOG.warnf("the default model %s cannot be read: %s", defaultModel.get(), unreadable.getMessage());
            return;
        }
        budget.requireRoom(models.name(defaultModel.get()), need);
    }

    /** The base model as named; CONFLICT when it has another digest, any where the digest is empty. */
    BaseModel base(dev.thirteen.proto.policy.v1.BaseModel named) {
        return models.get(named.getFolder(), named.getDigest());
    }

    /**
     * Refuses a chat before its base is loaded.
     *
     * @throws Failure CALLER for a base without chat template, NOT_FOUND or CALLER for what is no base here
     */
    void requireChat(dev.thirteen.proto.policy.v1.BaseModel named) {
        models.requireChat(named.getFolder());
    }

    /** Whether the base is in memory. */
    boolean loaded(dev.thirteen.proto.policy.v1.BaseModel named) {
        return models.loaded(named.getFolder());
    }

    /** Names of the base models that are known here. */
    Collection<String> baseNames() {
        return models.names();
    }

    /** The shortest name by which the folder is found here. */
    String baseName(String folder) {
        return models.name(folder);
    }

    /**
     * The policy of an adapter on a base; values and basis are fetched where they are not here.
     *
     * @throws Failure CALLER for a bad adapter, NOT_FOUND when trainer-service knows no such basis, OUTSIDE when it cannot be
     *     asked, CONFLICT when basis, base and adapter do not fit each other, and when nobody has the values
     */
    Adapted policy(BaseModel base, Adapter wire) {
        String digest = AdapterWire.digest(wire);
        return new Adapted(policy(base, wire, new Key(base.digest(), digest)), wire.getBasisDigest(), digest);
    }

    private Policy policy(BaseModel base, Adapter wire, Key key) {
        if (wire.getValuesDigest().isEmpty()) return held.get(key, () -> read(base, AdapterWire.read(wire)));
        return held.get(key, () -> large.get(key, () -> read(base, AdapterWire.read(wire, this::values))));
    }

    private byte[] values(String digest) {
        try {
            return blobs.get(digest, trainer);
        } catch (Failure unknown) {
            if (unknown.kind() != Failure.Kind.NOT_FOUND) throw unknown;
            throw new Failure(
                    Failure.Kind.CONFLICT, "trainer-service has no blob " + digest + ", the adapter's values", unknown);
        }
    }

    private Policy read(BaseModel base, AdapterByValue adapter) {
        Basis basis = basis(base, adapter.basisDigest());
        if (!basis.tinyLora().equals(adapter.spec())) {
            throw new Failure(
                            Failure.Kind.CONFLICT,
                            "the adapter has shape %s, its basis %s"
                                    .formatted(words(adapter.spec()), words(basis.tinyLora())))
                    .because(Failure.Reason.BASIS_MISMATCH);
        }
        return Policy.toSample(basis, adapter.values());
    }

    private static String words(Optional<TinyLoraSpec> shape) {
        return shape.map(TinyLoraSpec::toString).orElse("of an imported config");
    }

    private Basis basis(BaseModel base, String digest) {
        return bases.get(new Key(base.digest(), digest), () -> read(base, digest, blobs.get(digest, trainer)));
    }

    private static Basis read(BaseModel base, String digest, byte[] file) {
        try {
            return Basis.read(base, file);
        } catch (Failure unfit) {
            if (unfit.kind() != Failure.Kind.CALLER) throw unfit;
            throw new Failure(
                            Failure.Kind.CONFLICT,
                            "basis " + digest + " does not fit base model " + base.digest() + ": " + unfit.getMessage(),
                            unfit)
                    .because(Failure.Reason.BASIS_MISMATCH);
        }
    }

    @PreDestroy
    void close() {
        models.close();
    }
}
