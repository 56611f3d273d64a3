package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batched decoding: groups are admitted and advance together, one token a step, each row under its own policy.
 * Used by one thread at a time. Rows of all policies share one batch; policies of one decoder share one basis or have none
 * (a second basis is refused while rows of the first are running: ask {@link #accepts}).
 */
public final class Decoder implements AutoCloseable {
    /**
     * How much a decoder holds.
     *
     * @param maxRows rows (samples) that run at once
     * @param maxTokens longest sequence, prompt and completion, in tokens
     * @param fixedShape one group at a time, and finished rows go on computing (their tokens dropped) until the group is
     *     done: a row's bits then depend on nothing but its group
     */
    public record Options(int maxRows, int maxTokens, boolean fixedShape) {}

    /**
     * Samples of one prompt.
     *
     * @param id chosen by the caller, unique among running groups
     * @param firstStream sample i draws its number at position t from (sampling.seed, firstStream + i, t)
     */
    public record Group(
            long id, Policy policy, int[] promptTokens, int samples, SamplingParameters sampling, long firstStream) {}

    /**
     * One drawn token.
     *
     * @param logProb natural log under the distribution sampled from
     * @param rawLogProb natural log at temperature 1 without filters
     * @param finish null while the sample goes on
     */
    public record Token(
            long group,
            int sample,
            int tokenId,
            float logProb,
            float rawLogProb,
            @Nullable FinishReason finish) {}

    public Decoder(BaseModel base, Options options) {
        throw new UnsupportedOperationException();
    }

    /** Whether the group fits now: rows, length, basis. */
    public boolean accepts(Group group) {
        throw new UnsupportedOperationException();
    }

    /**
     * Prefills the prompt once and gives every sample its row.
     *
     * @throws Failure CALLER for a prompt that can never fit or an id outside the vocabulary, CAPACITY where
     *     {@link #accepts} is false
     */
    public void admit(Group group) {
        throw new UnsupportedOperationException();
    }

    /** Draws one token for every running row; finished rows are freed. Empty when nothing runs. */
    public List<Token> step() {
        throw new UnsupportedOperationException();
    }

    /** Frees the rows of a group at once. */
    public void cancel(long group) {
        throw new UnsupportedOperationException();
    }

    /** Rows that run now. */
    public int runningRows() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
