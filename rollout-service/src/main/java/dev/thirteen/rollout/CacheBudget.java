package dev.thirteen.rollout;

import dev.thirteen.core.batch.CacheRoom;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.EngineMemory;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.MemoryNeed;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.kit.EngineSettings;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * How many tokens each decoder's cache may hold, so that all of them, the weights and what is computed in fit into the memory
 * there is. Shared by threads.
 */
@Singleton
class CacheBudget implements ModelStore.Gate {
    private static final Logger LOG = Logger.getLogger(CacheBudget.class);

    /** Where none is configured. */
    private static final long USUAL_TOKENS = 131_072;

    private record Grant(BaseModel base, long bytes) {}

    private final Optional<Integer> asked;
    private final EngineSettings engine;
    private final int scoreTokens;
    private final OptionalLong freeBytes;
    /** What decoders have, each by a key of its own. */
    private final Map<Object, Grant> grants = new LinkedHashMap<>();
    /** Models that were in memory when the last one was loaded. */
    private List<BaseModel> kept = List.of();

    private final Set<String> said = new HashSet<>();

    @Inject
    CacheBudget(RolloutConfig config, EngineSettings engine) {
        this(
                config,
                engine,
                EngineMemory.free(EngineOptions.of(engine.precision(), engine.threads(), engine.deviceRoom())));
    }

    /** @param freeBytes before a model is loaded; empty where nobody knows */
    CacheBudget(RolloutConfig config, EngineSettings engine, OptionalLong freeBytes) {
        this.asked = config.maxCacheTokens();
        this.scoreTokens = config.scoreBatchTokens();
        this.engine = engine;
        this.freeBytes = freeBytes;
    }

    /** @throws Failure CAPACITY where the model, what it computes in and its cache do not fit beside those that are kept */
    @Override
    public synchronized void pass(String name, MemoryNeed next, List<BaseModel> others) {
        kept = List.copyOf(others);
        long taken = grants.values().stream()
                .filter(grant -> others.contains(grant.base()))
                .mapToLong(Grant::bytes)
                .sum();
        long tokens = tokens(name, next, taken + weights(others));
        LOG.debugf("%s may be loaded: its cache may hold %d tokens", name, tokens);
    }

    /**
     * Tokens of one more decoder's cache, kept for it until {@link #giveBack}.
     *
     * @throws Failure CAPACITY where there is no room for what was asked, or for the longest sequence
     */
    synchronized long grant(Object decoder, BaseModel base) {
        Set<BaseModel> others = Collections.newSetFromMap(new IdentityHashMap<>());
        kept.stream().filter(one -> !one.unloaded()).forEach(others::add);
        grants.values().forEach(grant -> others.add(grant.base()));
        others.remove(base);
        long caches = grants.values().stream().mapToLong(Grant::bytes).sum();
        long tokens = tokens(base.name(), base.memory(), caches + weights(others));
        grants.put(decoder, new Grant(base, tokens * base.memory().cacheToken()));
        return tokens;
    }

    /** The decoder has ended. */
    synchronized void giveBack(Object decoder) {
        grants.remove(decoder);
    }

    private static long weights(Iterable<BaseModel> models) {
        long bytes = 0;
        for (BaseModel model : models) bytes += model.memory().weights();
        return bytes;
    }

    private long tokens(String name, MemoryNeed need, long taken) {
        long wanted = asked.isPresent() ? asked.get() : USUAL_TOKENS;
        if (freeBytes.isEmpty()) return wanted;
        int longest = Math.min(engine.maxSequenceTokens(), need.maxPositions());
        long work = need.work(engine.maxRows(), Math.max(scoreTokens, longest));
        long left = freeBytes.getAsLong() - taken - need.weights() - work;
        CacheRoom room = need.room(left, longest);
        if (asked.isPresent()) {
            if (room.fits(wanted)) return wanted;
            throw refused(name, need, work + taken, wanted, advice(room));
        }
        OptionalLong budget = room.budget(USUAL_TOKENS);
        if (budget.isEmpty()) {
            String less = "lower thirteen.engine.max-sequence-tokens (" + longest + " here) or ";
            throw refused(name, need, work + taken, room.leastTokens(), less);
        }
        if (budget.getAsLong() < USUAL_TOKENS) {
            say("%s: the cache may hold %d tokens of keys and values, not the usual %d, since memory has no more room"
                    .formatted(name, budget.getAsLong(), USUAL_TOKENS));
        }
        return budget.getAsLong();
    }

    private static String advice(CacheRoom room) {
        boolean some = room.fits(room.leastTokens());
        return some ? "set thirteen.rollout.max-cache-tokens to %d at most, or ".formatted(room.mostTokens()) : "";
    }

    private Failure refused(String name, MemoryNeed need, long beside, long tokens, String advice) {
        long cache = tokens * need.cacheToken();
        return new Failure(
                Failure.Kind.CAPACITY,
                ("%s needs %,d bytes: weights %,d, keys and values of %d tokens %,d, and %,d of what is computed in and of other"
                                + " models. There are %,d: %sgive this process more memory")
                        .formatted(
                                name,
                                need.weights() + cache + beside,
                                need.weights(),
                                tokens,
                                cache,
                                beside,
                                freeBytes.orElse(0),
                                advice));
    }

    private void say(String text) {
        if (said.add(text)) LOG.info(text);
    }
}
