package dev.thirteen.engine;

import dev.thirteen.core.sampling.CounterRandom;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.core.sampling.StopText;
import dev.thirteen.engine.cuda.RowBuffers;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** One running sample: where it is and what comes next. */
final class DecodeRow {
    private final Decoder.Group group;
    private final int sample;
    private int token;
    private int position;
    private int drawn;
    /** Tokens of prompt and completion, where the sampling asks for them. */
    private final BitSet seen = new BitSet();

    private final StopText stop;
    private @Nullable TextPieces pieces;
    private @Nullable FinishReason finish;

    /** A row whose prompt is in the cache but for its last token, which the first step reads. */
    DecodeRow(Decoder.Group group, int sample) {
        this.group = group;
        this.sample = sample;
        this.position = group.promptTokens().length - 1;
        this.token = group.promptTokens()[position];
        this.stop = new StopText(group.sampling().stop());
        for (int id : group.promptTokens()) see(id);
    }

    private void see(int id) {
        if (group.sampling().changes().penalizes()) seen.set(id);
    }

    Decoder.Group group() {
        return group;
    }

    /** The token that the next step reads. */
    int token() {
        return token;
    }

    /** The position of that token, from 0. */
    int position() {
        return position;
    }

    /** Whether the sample has ended; in a fixed shape its row goes on. */
    boolean finished() {
        return finish != null;
    }

    /** Tokens that may be drawn still. */
    int remaining() {
        return group.sampling().maxTokens() - drawn;
    }

    /** Tells the device where the row is. */
    void write(RowBuffers buffers, int row, DevicePolicies policies) {
        SamplingParameters sampling = group.sampling();
        RowBuffers.Draw draw =
                new RowBuffers.Draw(sampling.temperature(), sampling.seed(), group.firstStream() + sample, drawn);
        buffers.set(row, new RowBuffers.Row(token, position, policies.number(group.policy()), draw, row));
    }

    /** The random number of the next draw. */
    double uniform() {
        SamplingParameters sampling = group.sampling();
        return CounterRandom.uniform(sampling.seed(), group.firstStream() + sample, drawn);
    }

    /** Tokens that the repetition penalty falls on; empty where there is none. */
    BitSet seen() {
        return seen;
    }

    /** Takes a drawn token. */
    Decoder.Token take(Draws draws, int row, Tokenizer tokenizer) {
        int id = draws.token(row);
        go(id);
        see(id);
        if (tokenizer.isStop(id) || stops(id, tokenizer)) {
            finish = FinishReason.STOP;
        } else if (drawn >= group.sampling().maxTokens()) {
            finish = FinishReason.LENGTH;
        }
        return new Decoder.Token(
                group.id(),
                sample,
                id,
                draws.logProb(row),
                draws.rawLogProb(row),
                draws.alternatives(row, group.alternatives()),
                finish);
    }

    private boolean stops(int id, Tokenizer tokenizer) {
        if (group.sampling().stop().isEmpty()) return false;
        if (pieces == null) pieces = new TextPieces(tokenizer);
        stop.add(pieces.add(id));
        return stop.stopped();
    }

    private void go(int id) {
        token = id;
        position++;
        drawn++;
    }

    /** Ends the sample without a token. */
    void abandon() {
        finish = FinishReason.LENGTH;
    }

    /** Goes on after the end, where the shape of the batch must not change. */
    void idle(int id) {
        go(id);
    }
}
