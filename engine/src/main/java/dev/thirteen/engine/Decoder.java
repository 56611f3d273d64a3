package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    public record Options(int maxRows, int maxTokens, boolean fixedShape) {}

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

    private final BaseModel base;
    private final Options options;
    private final DecodeBatch batch;
    /** Rows in the order of the cache; the rows of waiting groups stand at the end. */
    private final List<DecodeRow> rows = new ArrayList<>();

    /** Groups whose prompts the next step computes, all in one call. */
    private final List<Group> waiting = new ArrayList<>();

    private boolean closed;

    public Decoder(BaseModel base, Options options) {
        if (options.maxRows() < 1 || options.maxTokens() < 2) {
            throw new IllegalArgumentException("a decoder has rows and tokens: " + options);
        }
        this.base = base.retain();
        this.options = options;
        this.batch = new DecodeBatch(base, options.maxRows());
    }

    /** Whether the group fits now: rows and length. */
    public boolean accepts(Group group) {
        if (options.fixedShape() && !rows.isEmpty()) return false;
        return rows.size() + group.samples() <= options.maxRows() && length(group) <= lengthLimit();
    }

    private int lengthLimit() {
        return Math.min(options.maxTokens(), base.maxPositions());
    }

    private static long length(Group group) {
        return (long) group.promptTokens().length + group.sampling().maxTokens();
    }

    /**
     * Gives every sample of the group its row. The prompt is computed once, with the next step.
     *
     * @throws Failure CALLER for a group that can never fit, an id that is taken or a token outside the vocabulary,
     *     CAPACITY where {@link #accepts} is false
     */
    public void admit(Group group) {
        check(group);
        if (!accepts(group)) {
            throw new Failure(
                    Failure.Kind.CAPACITY,
                    "%d rows of %d run; group %d has %d samples"
                            .formatted(rows.size(), options.maxRows(), group.id(), group.samples()));
        }
        int longest = Math.toIntExact(Math.max(
                length(group),
                rows.stream().mapToLong(row -> length(row.group())).max().orElse(0)));
        batch.cache().ensure(rows.size() + group.samples(), longest, rows.size());
        for (int sample = 0; sample < group.samples(); sample++) rows.add(new DecodeRow(group, sample));
        waiting.add(group);
    }

    private void check(Group group) {
        if (group.promptTokens().length == 0) throw wrong(group, "has no prompt token");
        if (group.samples() < 1 || group.samples() > options.maxRows()) {
            throw wrong(group, "asks for %d samples, 1 to %d fit".formatted(group.samples(), options.maxRows()));
        }
        if (length(group) > lengthLimit()) {
            throw wrong(
                    group,
                    "needs %d prompt and %d new tokens, %d fit"
                            .formatted(
                                    group.promptTokens().length,
                                    group.sampling().maxTokens(),
                                    lengthLimit()));
        }
        int vocabulary = base.config().vocabulary();
        for (int id : group.promptTokens()) {
            if (id < 0 || id >= vocabulary)
                throw wrong(group, "has token %d, the vocabulary %d".formatted(id, vocabulary));
        }
        if (group.alternatives() > vocabulary) {
            throw wrong(group, "asks for %d tokens of %d".formatted(group.alternatives(), vocabulary));
        }
        for (int id : group.sampling().changes().bias().keySet()) {
            if (id >= 0 && id < vocabulary) continue;
            String problem = "is no token: the vocabulary has " + vocabulary;
            throw Failure.fields(List.of(new FieldProblem("sampling.logit-bias." + id, problem)));
        }
        if (rows.stream().anyMatch(row -> row.group().id() == group.id())) throw wrong(group, "runs already");
    }

    private static Failure wrong(Group group, String problem) {
        return new Failure(Failure.Kind.CALLER, "group %d %s".formatted(group.id(), problem));
    }

    /** Draws one token for every running row; finished rows are freed. Empty when nothing runs. */
    public List<Token> step() {
        if (rows.isEmpty()) return List.of();
        Torch.oneThread(options.fixedShape());
        prefillWaiting();
        List<Token> tokens = take(new Draws(batch.decode(rows), rows.size()));
        boolean allFinished = rows.stream().allMatch(DecodeRow::finished);
        if (allFinished) {
            rows.clear();
        } else if (!options.fixedShape()) {
            compact();
        }
        return tokens;
    }

    private void prefillWaiting() {
        if (waiting.isEmpty()) return;
        batch.prefill(waiting, rows);
        waiting.clear();
    }

    private List<Token> take(Draws draws) {
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

    /** Moves rows from the end into the places of finished ones, so that running rows stand in front. */
    private void compact() {
        List<Integer> source = new ArrayList<>();
        List<Integer> target = new ArrayList<>();
        int length = 0;
        int last = rows.size() - 1;
        for (int hole = 0; hole <= last; hole++) {
            if (!rows.get(hole).finished()) continue;
            while (last > hole && rows.get(last).finished()) last--;
            if (last > hole) {
                DecodeRow moved = rows.get(last);
                rows.set(hole, moved);
                source.add(last);
                target.add(hole);
                length = Math.max(length, moved.position());
            }
            last--;
        }
        rows.subList(last + 1, rows.size()).clear();
        batch.move(array(source), array(target), length);
    }

    private static int[] array(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Frees the rows of a group at once. */
    public void cancel(long group) {
        prefillWaiting();
        rows.stream().filter(row -> row.group().id() == group).forEach(DecodeRow::abandon);
        compact();
    }

    /** Microseconds that each part of a step takes over the running rows, where the device has kernels of its own. */
    public Map<String, Double> profile() {
        prefillWaiting();
        return batch.profile(rows);
    }

    /** Rows that run now. */
    public int runningRows() {
        return rows.size();
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        batch.close();
        base.release();
    }
}
