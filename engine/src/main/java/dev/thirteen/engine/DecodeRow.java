package dev.thirteen.engine;

import dev.thirteen.core.sampling.CounterRandom;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.core.sampling.StopText;
import dev.thirteen.engine.device.DeviceRows;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** One running sample: where it is and what comes next. */
final class DecodeRow extends CacheRow {
    private Decoder.Group group;
    private final int sample;
    private int position;
    private int drawn;
    /** Prompt and completion, room behind them. */
    private int[] text;

    private int held;
    /** Tokens of prompt and completion, where the sampling asks for them. */
    private final BitSet seen = new BitSet();

    private final StopText stop;
    private @Nullable TextPieces pieces;
    private @Nullable FinishReason finish;

    /** A row before its first step, which reads the last token of the prompt. */
    DecodeRow(Decoder.Group group, int sample) {
        this.group = group;
        this.sample = sample;
        this.position = group.promptTokens().length - 1;
        this.text = group.promptTokens().clone();
        this.stop = new StopText(group.sampling().stop());
        for (int id : group.promptTokens()) see(id);
    }

    private void see(int id) {
        if (group.sampling().changes().penalizes()) seen.set(id);
    }

    Decoder.Group group() {
        return group;
    }

    /** Goes on under the policy of its group as it is now. */
    void follow(Decoder.Group changed) {
        group = changed;
    }

    /** The token that the next step reads. */
    int token() {
        return text[position];
    }

    /** Tokens before that one: what the cache must hold then. */
    int[] before() {
        return Arrays.copyOf(text, position);
    }

    /** The position of that token, from 0. */
    int position() {
        return position;
    }

    @Override
    int held() {
        return held;
    }

    /** Tells what the cache holds of it now. */
    void held(int tokens) {
        held = tokens;
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
    void write(DeviceRows buffers, int row, DevicePolicies policies) {
        SamplingParameters sampling = group.sampling();
        DeviceRows.Draw draw =
                new DeviceRows.Draw(sampling.temperature(), sampling.seed(), group.firstStream() + sample, drawn);
        buffers.set(row, new DeviceRows.Row(token(), position, policies.number(group.policy()), draw, row));
    }

    /** Whether more is asked of its draw than a token by temperature. */
    boolean shaped() {
        SamplingParameters sampling = group.sampling();
        return sampling.filters().any() || sampling.changes().any() || group.alternatives() > 0;
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
        position++;
        drawn++;
        held = position;
        if (position == text.length) text = Arrays.copyOf(text, 2 * text.length);
        text[position] = id;
    }

    /** Goes on after the end, where the shape of the batch must not change. */
    void idle(int id) {
        go(id);
    }
}
