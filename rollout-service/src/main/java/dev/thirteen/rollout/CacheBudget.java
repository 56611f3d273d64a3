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
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * How many tokens each decoder's cache may hold, so that all of them, the weights and what is computed in fit into the memory
 * there is. Shared by threads.
 */
@Singleton
class CacheBudget implements ModelStore.Gate {
    private static final Logger LOG = Logger.getLogger(CacheBudget.class);

    /** Where none is configured. */
    private static final long USUAL_TOKENS = 131_072;

    /** A cache for which memory was short may be twice as large after so long without that. */
    private static final long DOUBLES_NANOS = Duration.ofMinutes(1).toNanos();

    /**
     * What a decoder has.
     *
     * @param tokens that its cache may hold
     * @param lessened whether it would be more, had memory not run out
     */
    record Grant(BaseModel base, long tokens, boolean lessened) {
        private long bytes() {
            return tokens * base.memory().cacheToken();
        }
    }

    /** Tokens of a cache that found no memory, and of the next one. */
    record Lessened(long before, long after) {}

    /** What a model's next cache may hold, from the time on when memory ran out. */
    private record Bound(long tokens, long sinceNanos) {
        long tokens(long nowNanos, long most) {
            long times = (nowNanos - sinceNanos) / DOUBLES_NANOS;
            return times >= Long.numberOfLeadingZeros(tokens) - 1 ? most : Math.min(most, tokens << times);
        }
    }

    /** Who has the decoders. */
    interface Decoders {
        /** Closes and gives back those of these models that do nothing. */
        void closeIdle(Set<BaseModel> models);
    }

    private final Optional<Integer> asked;
    private final EngineSettings engine;
    private final int scoreTokens;
    private final OptionalLong freeBytes;
    /** What decoders have, each by a key of its own. */
    private final Map<Object, Grant> grants = new LinkedHashMap<>();

    private final Map<BaseModel, Bound> bounds = new HashMap<>();
    /** Models in memory, with decoders or without. */
    private final Set<BaseModel> loaded = new HashSet<>();

    private final Set<String> said = new HashSet<>();
    /** Weights of the model that is being loaded. */
    private long comingBytes;

    private volatile Decoders decoders = models -> {};

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

    void of(Decoders owner) {
        decoders = owner;
    }

    /** @throws Failure CONFLICT where a model, what it computes in and its cache would not even fit alone */
    synchronized void requireRoom(String name, MemoryNeed need) {
        long tokens = tokens(name, need, 0);
        LOG.debugf("%s fits: its cache may hold %d tokens", name, tokens);
    }

    /**
     * Decoders outlive the model that makes room for the next one: where theirs is needed, those that do nothing are closed.
     *
     * @throws Failure CONFLICT where the model, what it computes in and its cache would not even fit alone, CAPACITY where they
     *     do not fit beside those that are kept, or not before other decoders have done their work
     */
    @Override
    public void pass(String name, MemoryNeed next, List<BaseModel> kept) {
        requireRoom(name, next);
        if (passes(name, next, kept)) return;
        decoders.closeIdle(going(kept));
        if (passes(name, next, kept)) return;
        throw new Failure(
                Failure.Kind.CAPACITY,
                "%s finds no room before what %s decodes has ended; try again"
                        .formatted(
                                name,
                                going(kept).stream()
                                        .map(BaseModel::name)
                                        .sorted()
                                        .collect(Collectors.joining(", "))));
    }

    /** Whether there is room now; fails where there will be none. */
    private synchronized boolean passes(String name, MemoryNeed next, List<BaseModel> kept) {
        long tokens = tokens(name, next, taken(kept));
        Set<BaseModel> there = going(kept);
        there.addAll(kept);
        if (freeBytes.isPresent() && left(next, taken(there)) < 0) return false;
        comingBytes = next.weights();
        LOG.debugf("%s may be loaded: its cache may hold %d tokens", name, tokens);
        return true;
    }

    /** Models that have decoders and do not stay. */
    private synchronized Set<BaseModel> going(List<BaseModel> kept) {
        Set<BaseModel> going = grants.values().stream().map(Grant::base).collect(Collectors.toCollection(HashSet::new));
        kept.forEach(going::remove);
        return going;
    }

    @Override
    public synchronized void loaded(@Nullable BaseModel model) {
        comingBytes = 0;
        if (model != null) loaded.add(model);
    }

    /**
     * Tokens of one more decoder's cache, kept for it until {@link #giveBack}.
     *
     * @throws Failure CAPACITY where there is no room for what was asked, or for the longest sequence
     */
    synchronized Grant grant(Object decoder, BaseModel base, long nowNanos) {
        loaded.removeIf(BaseModel::unloaded);
        bounds.keySet().removeIf(BaseModel::unloaded);
        Set<BaseModel> there = new HashSet<>(loaded);
        grants.values().forEach(grant -> there.add(grant.base()));
        there.add(base);
        MemoryNeed need = base.memory();
        long most = tokens(base.name(), need, taken(there) - need.weights() + comingBytes);
        Bound bound = bounds.getOrDefault(base, new Bound(most, nowNanos));
        long tokens = bound.tokens(nowNanos, most);
        Grant grant = new Grant(base, tokens, tokens < most);
        grants.put(decoder, grant);
        return grant;
    }

    /**
     * Memory ran out beside this decoder's cache: others that share it, processes on the same device say, have taken what was
     * free. The next cache of its model may hold half as much, but the longest sequence still.
     */
    synchronized Lessened lessen(Object decoder, long nowNanos) {
        Grant grant = Objects.requireNonNull(grants.get(decoder));
        long before = grant.tokens();
        MemoryNeed need = grant.base().memory();
        long least = need.room(0, longest(need)).leastTokens();
        long after = Math.max(Math.min(least, before), before / 2);
        bounds.put(grant.base(), new Bound(after, nowNanos));
        return new Lessened(before, after);
    }

    /** Whether the decoder's cache was lessened and may be larger by now. */
    synchronized boolean grows(Object decoder, long nowNanos) {
        Grant grant = grants.get(decoder);
        if (grant == null || !grant.lessened()) return false;
        Bound bound = bounds.get(grant.base());
        return bound == null || bound.tokens(nowNanos, Long.MAX_VALUE) > grant.tokens();
    }

    /** The decoder has ended. */
    synchronized void giveBack(Object decoder) {
        grants.remove(decoder);
    }

    /** Bytes of models with all their caches. */
    private long taken(Collection<BaseModel> models) {
        long weights =
                models.stream().mapToLong(model -> model.memory().weights()).sum();
        return weights
                + grants.values().stream()
                        .filter(grant -> models.contains(grant.base()))
                        .mapToLong(Grant::bytes)
                        .sum();
    }

    private int longest(MemoryNeed need) {
        return Math.min(engine.maxSequenceTokens(), need.maxPositions());
    }

    private long work(MemoryNeed need) {
        return need.work(engine.maxRows(), Math.max(scoreTokens, longest(need)));
    }

    /** Bytes for caches of a model beside what is taken; below 0 where not even its weights have room. */
    private long left(MemoryNeed need, long taken) {
        return freeBytes.orElse(0) - taken - need.weights() - work(need);
    }

    private long tokens(String name, MemoryNeed need, long taken) {
        long wanted = asked.isPresent() ? asked.get() : USUAL_TOKENS;
        if (freeBytes.isEmpty()) return wanted;
        int longest = longest(need);
        CacheRoom room = need.room(left(need, taken), longest);
        if (asked.isPresent()) {
            if (room.fits(wanted)) return wanted;
            throw refused(name, need, taken, wanted, advice(room));
        }
        OptionalLong budget = room.budget(USUAL_TOKENS);
        if (budget.isEmpty()) {
            String less = "lower thirteen.engine.max-sequence-tokens (" + longest + " here) or ";
            throw refused(name, need, taken, room.leastTokens(), less);
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

    private Failure refused(String name, MemoryNeed need, long taken, long tokens, String advice) {
        long beside = work(need) + taken;
        long cache = tokens * need.cacheToken();
        return new Failure(
                // Alone it will never fit here: trying again would not help.
                taken > 0 ? Failure.Kind.CAPACITY : Failure.Kind.CONFLICT,
                String.format(
                        Locale.ROOT,
                        "%s needs %,d bytes: weights %,d, keys and values of %d tokens %,d, and %,d of what is computed in and of"
                                + " other models. There are %,d: %sgive this process more memory",
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
