package dev.thirteen.rollout;

import dev.thirteen.core.batch.QueueLimits;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.kit.EngineSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jboss.logging.Logger;

/** The decoders there are, each with its tasks, and what becomes of them in trouble. Used by the decode thread alone. */
final class DecodeLanes {
    private static final Logger LOG = Logger.getLogger(DecodeLanes.class);

    /** @param alone whether tasks that must be alone run there */
    record Key(BaseModel base, boolean alone) {}

    private final EngineSettings engine;
    private final QueueLimits queue;
    private final CacheBudget budget;
    private final int promptTokens;
    private final boolean prefixes;
    private final Map<Key, DecodeLane> lanes = new HashMap<>();

    DecodeLanes(RolloutConfig config, EngineSettings engine, CacheBudget budget) {
        this.engine = engine;
        this.queue = new QueueLimits(config.maxQueuedRequests(), config.maxQueuedTokens());
        this.budget = budget;
        this.promptTokens = config.promptTokensAStep();
        this.prefixes = config.prefixCache();
    }

    /** Longest sequence that a base model can decode here. */
    int maxTokens(BaseModel base) {
        return Math.min(engine.maxSequenceTokens(), base.maxPositions());
    }

    /** The lane of these tasks, a new one where there is none. */
    DecodeLane lane(Key key, long nowNanos) {
        DecodeLane there = lanes.get(key);
        if (there != null && !outgrown(key, there, nowNanos)) return there;
        // What they hold is room for this one.
        closeUnloaded();
        CacheBudget.Grant grant = budget.grant(key, key.base(), nowNanos);
        Decoder.Cache cache = new Decoder.Cache(grant.tokens(), promptTokens, prefixes);
        try {
            Decoder.Options options = new Decoder.Options(engine.maxRows(), maxTokens(key.base()), key.alone(), cache);
            DecodeLane lane = new DecodeLane(new Decoder(key.base(), options), queue, grant.lessened());
            lanes.put(key, lane);
            return lane;
        } catch (RuntimeException | Error e) {
            budget.giveBack(key);
            throw e;
        }
    }

    /** Whether it was closed, since its next cache may be larger. */
    private boolean outgrown(Key key, DecodeLane lane, long nowNanos) {
        if (lane.busy() || !budget.grows(key, nowNanos)) return false;
        lanes.remove(key);
        closed(key, lane);
        return true;
    }

    /** Frees what the lane holds; it is out of the map. */
    private void closed(Key key, DecodeLane lane) {
        lane.close();
        budget.giveBack(key);
    }

    /** Works on a lane, where it is still there. */
    void on(Key key, Consumer<DecodeLane> work) {
        DecodeLane lane = lanes.get(key);
        if (lane == null) return;
        try {
            work.accept(lane);
        } catch (RuntimeException e) {
            broken(key, lane, e);
        }
    }

    /** Works on every lane. */
    void each(Consumer<DecodeLane> work) {
        for (Key key : List.copyOf(lanes.keySet())) on(key, work);
    }

    /** The decoder's state is unknown now: its tasks fail, and the next one gets a new decoder. */
    private void broken(Key key, DecodeLane lane, RuntimeException e) {
        lanes.remove(key);
        // Nothing else that a step does is short of anything.
        boolean memory = e instanceof Failure failure && failure.kind() == Failure.Kind.CAPACITY;
        Failure cause = memory ? outOfMemory(key, (Failure) e) : undecoded(e);
        lane.fail(cause);
        closed(key, lane);
    }

    private Failure outOfMemory(Key key, Failure e) {
        CacheBudget.Lessened cache = budget.lessen(key, System.nanoTime());
        String text = "memory ran out beside a cache of at most %d tokens, the next one of %s may hold %d (%s)"
                .formatted(cache.before(), key.base().name(), cache.after(), e.getMessage());
        LOG.warn(text
                + "; its groups are given back. If this comes again and again, lower thirteen.rollout.max-cache-tokens"
                + " or leave the device to fewer processes");
        return new Failure(Failure.Kind.CAPACITY, text + "; try again", e);
    }

    private static Failure undecoded(RuntimeException e) {
        LOG.error("decoding failed, its groups are given back", e);
        return e instanceof Failure failure
                ? failure
                : new Failure(Failure.Kind.BUG, "decoding failed: " + e.getMessage(), e);
    }

    /** The weights of a base model that was unloaded stay in memory as long as a decoder holds them. */
    void closeUnloaded() {
        closeIdle(BaseModel::unloaded);
    }

    /** Closes those of these models that do nothing. */
    void closeIdle(Predicate<BaseModel> which) {
        lanes.entrySet().removeIf(entry -> {
            boolean over =
                    which.test(entry.getKey().base()) && !entry.getValue().busy();
            if (over) closed(entry.getKey(), entry.getValue());
            return over;
        });
    }

    /** Ends all of them, and their tasks with the cause. */
    void failAll(Failure why) {
        lanes.values().forEach(lane -> lane.fail(why));
        lanes.forEach(this::closed);
        lanes.clear();
    }

    /** Whether there is anything to decode. */
    boolean busy() {
        return lanes.values().stream().anyMatch(DecodeLane::busy);
    }

    /** Rows that wait. */
    int waitingRows() {
        return sum(DecodeLane::waitingRows);
    }

    /** Rows that are decoded. */
    int runningRows() {
        return sum(DecodeLane::runningRows);
    }

    private int sum(ToIntFunction<DecodeLane> rows) {
        return lanes.values().stream().mapToInt(rows).sum();
    }
}
