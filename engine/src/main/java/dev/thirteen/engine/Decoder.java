package dev.thirteen.engine;

import ai.djl.engine.EngineException;
import dev.thirteen.core.batch.BatchLimits;
import dev.thirteen.core.batch.BatchPlanner;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batched decoding: groups are admitted and advance together, one token a step, each row under its own policy.
 * Used by one thread at a time. Rows of all policies, whatever their adapters' families and bases, share one batch.
 */
public final class Decoder implements AutoCloseable {
    /**
     * How much a decoder holds.
     *
     * @param maxRows rows (samples) that run at once
     * @param maxTokens longest sequence, prompt and completion, in tokens
     * @param fixedShape one group at a time on one thread, and finished rows go on computing (their tokens dropped) until
     *     the group is done: a row's bits then depend on nothing but its group
     */
    public record Options(int maxRows, int maxTokens, boolean fixedShape, Cache cache) {
        /** With a cache that rows of that length always fit into, and that keeps nothing of groups that have ended. */
        public Options(int maxRows, int maxTokens, boolean fixedShape) {
            this(maxRows, maxTokens, fixedShape, new Cache(2L * maxRows * maxTokens, 0, false));
        }

        public Options {
            if (maxRows < 1 || maxTokens < 2) {
                throw new IllegalArgumentException(
                        "a decoder has rows and tokens: %d, %d".formatted(maxRows, maxTokens));
            }
        }
    }

    /**
     * The cache of keys and values, and how it is filled.
     *
     * @param tokens that it has memory for ({@link BaseModel#cacheBytesPerToken()} each); a part of it, one tensor's, serves
     *     changes of shape
     * @param promptTokens that are computed between two tokens of the running rows; 0 for as many as suit the device. A
     *     fixed shape always takes {@link #FIXED_PROMPT_TOKENS}.
     * @param shared whether prompts take the beginnings that they share with others of the same policy from the cache, which
     *     keeps them as long as there is room. Never in a fixed shape: bits would depend on what came before.
     */
    public record Cache(long tokens, int promptTokens, boolean shared) {
        /** Bits depend on where a prompt is cut. */
        static final int FIXED_PROMPT_TOKENS = 512;
        /** A beginning that is shorter costs more to copy than it saves; on a GPU the rest goes by a slower path too. */
        private static final int SHARED_TOKENS = Torch.onGpu() ? 256 : 16;

        public Cache {
            if (tokens < 1 || promptTokens < 0) {
                throw new IllegalArgumentException("tokens %d, prompt tokens %d".formatted(tokens, promptTokens));
            }
        }

        private int promptTokens(boolean fixedShape) {
            if (fixedShape) return FIXED_PROMPT_TOKENS;
            if (promptTokens > 0) return promptTokens;
            return Torch.onGpu() ? 8192 : 512;
        }
    }

    /**
     * What a decoder has done so far.
     *
     * @param sharedPrompts prompts whose beginning was in the cache
     * @param sharedTokens tokens that were not computed again for that
     * @param computedTokens tokens of prompts that were computed
     * @param preempted groups that lost their rows for a while
     */
    public record Counts(long sharedPrompts, long sharedTokens, long computedTokens, long preempted) {}

    /**
     * Samples of one prompt.
     *
     * @param id chosen by the caller, unique among running groups
     * @param firstStream sample i draws its number at position t from (sampling.seed, firstStream + i, t)
     * @param alternatives likeliest tokens to tell of beside each drawn one
     */
    public record Group(
            long id,
            Policy policy,
            int[] promptTokens,
            int samples,
            SamplingParameters sampling,
            long firstStream,
            int alternatives) {
        /** The same samples under another policy. */
        Group under(Policy other) {
            return new Group(id, other, promptTokens, samples, sampling, firstStream, alternatives);
        }

        /** Samples of which the drawn tokens alone are of interest. */
        public Group(
                long id,
                Policy policy,
                int[] promptTokens,
                int samples,
                SamplingParameters sampling,
                long firstStream) {
            this(id, policy, promptTokens, samples, sampling, firstStream, 0);
        }
    }

    /**
     * One drawn token.
     *
     * @param logProb natural log under the distribution sampled from
     * @param rawLogProb natural log at temperature 1, the logits as the model gives them
     * @param alternatives the likeliest tokens in its place, likeliest first; as many as the group asks for
     * @param finish null while the sample goes on
     */
    public record Token(
            long group,
            int sample,
            int tokenId,
            float logProb,
            float rawLogProb,
            List<Alternative> alternatives,
            @Nullable FinishReason finish) {}

    /** A token that could have been drawn. */
    public record Alternative(int tokenId, float rawLogProb) {}

    /** Groups of some eight samples that keep this machine's device busy: 8 on a processor, 32 on a GPU. */
    public static int usualGroups() {
        return Torch.onGpu() ? 32 : 8;
    }

    private final BaseModel base;
    private final Options options;
    private final DecodeBatch batch;
    private final DecodeSchedule schedule;
    private final GroupRules rules;
    private boolean closed;

    public Decoder(BaseModel base, Options options) {
        this(base, options, kernels(base, options));
    }

    /** What decodes beside the programs, where there is something. In a fixed shape it is the programs alone. */
    private static Optional<? extends DecodeKernels> kernels(BaseModel base, Options options) {
        if (Torch.onGpu()) return DeviceSteps.of(base, options.maxRows());
        return options.fixedShape() ? Optional.empty() : VectorSteps.of(base);
    }

    /** With kernels in place of the device's. */
    Decoder(BaseModel base, Options options, Optional<? extends DecodeKernels> kernels) {
        this.base = base.retain();
        this.options = options;
        this.batch = new DecodeBatch(base, kernels, options.cache().tokens(), options.fixedShape());
        this.schedule = new DecodeSchedule(limits(), batch);
        this.rules = new GroupRules(
                planner(), base.config().vocabulary(), Math.min(options.maxTokens(), base.maxPositions()));
    }

    private BatchLimits limits() {
        Cache cache = options.cache();
        return new BatchLimits(
                options.maxRows(),
                Math.max(1, KvCache.room(base, cache.tokens())),
                cache.promptTokens(options.fixedShape()),
                cache.shared() ? Cache.SHARED_TOKENS : 0,
                options.fixedShape());
    }

    /** What decides here who runs. */
    public BatchPlanner planner() {
        return schedule.planner();
    }

    /** Whether the group fits now: rows, length and cache. */
    public boolean accepts(Group group) {
        return rules.fits(group) && schedule.accepts(group);
    }

    /**
     * Takes a group; with the next step it gets its rows, and its prompt is computed once. Where rows grow longer than the
     * cache has room for, the youngest group loses its rows for a while, and goes on later where it was.
     *
     * @throws Failure CALLER for a group that can never fit, an id that is taken or a token outside the vocabulary,
     *     CAPACITY where {@link #accepts} is false
     */
    public void admit(Group group) {
        rules.check(group);
        if (schedule.has(group.id())) throw GroupRules.wrong(group, "runs already");
        if (!schedule.accepts(group)) {
            throw new Failure(
                    Failure.Kind.CAPACITY,
                    "%d rows of %d run in a cache of %d tokens; group %d has %d samples of %d tokens"
                            .formatted(
                                    runningRows(),
                                    options.maxRows(),
                                    planner().limits().maxTokens(),
                                    group.id(),
                                    group.samples(),
                                    GroupRules.length(group)));
        }
        schedule.add(group);
    }

    /**
     * Computes a part of the prompts that wait and draws one token for every row whose prompt is computed; finished rows are
     * freed. Empty when nothing runs, and when prompts alone were computed.
     *
     * @throws Failure CAPACITY where the device has no memory left; nothing but {@link #close} may be called then
     */
    public List<Token> step() {
        if (runningRows() == 0) return List.of();
        try {
            return nextTokens();
        } catch (EngineException e) {
            throw TorchProgram.failure(e);
        }
    }

    private List<Token> nextTokens() {
        Torch.oneThread(options.fixedShape());
        batch.refresh();
        List<DecodeRow> rows = schedule.advance();
        if (rows.isEmpty()) return List.of();
        List<Token> tokens = take(rows, new Draws(batch.decode(rows), rows.size()));
        schedule.release();
        base.settle();
        return tokens;
    }

    private List<Token> take(List<DecodeRow> rows, Draws draws) {
        List<Token> tokens = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            DecodeRow row = rows.get(i);
            if (row.finished()) {
                row.idle(draws.token(i));
            } else {
                tokens.add(row.take(draws, i, base.tokenizer()));
            }
        }
        return tokens;
    }

    /**
     * Lets a group go on under another policy from its next token on. Keys and values of what it has stay those of the
     * earlier policy, as in PipelineRL (arXiv 2509.19128), unless it loses its rows; no other prompt is given them. Nothing
     * happens when the group has ended.
     *
     * @throws Failure CALLER in a fixed shape, whose bits depend on the group alone
     */
    public void follow(long group, Policy policy) {
        if (options.fixedShape()) throw new Failure(Failure.Kind.CALLER, "a group alone keeps its policy");
        schedule.follow(group, policy);
    }

    /** Frees the rows of a group at once. */
    public void cancel(long group) {
        schedule.cancel(group);
    }

    /** Microseconds that each part of a step takes over the running rows, where the device has kernels of its own. */
    public Map<String, Double> profile() {
        List<DecodeRow> rows = schedule.advance();
        return rows.isEmpty() ? Map.of() : batch.profile(rows);
    }

    /** Rows that run now, or wait to go on. */
    public int runningRows() {
        return schedule.rows();
    }

    /** What has been done so far. */
    public Counts counts() {
        return schedule.counts();
    }

    /** The most that the cache has held, in bytes. */
    long peakCacheBytes() {
        return batch.cache().peakBytes();
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        batch.close();
        base.release();
    }
}
