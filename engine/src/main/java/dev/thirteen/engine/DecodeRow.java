package dev.thirteen.engine;

import dev.thirteen.core.sampling.CounterRandom;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.SamplingParameters;
import org.jspecify.annotations.Nullable;

/** One running sample: where it is and what comes next. */
final class DecodeRow {
    private final Decoder.Group group;
    private final int sample;
    private int token;
    private int position;
    private int drawn;
    private @Nullable FinishReason finish;

    /** A row whose prompt is in the cache but for its last token, which the first step reads. */
    DecodeRow(Decoder.Group group, int sample) {
        this.group = group;
        this.sample = sample;
        this.position = group.promptTokens().length - 1;
        this.token = group.promptTokens()[position];
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

    /** The random number of the next draw. */
    double uniform() {
        SamplingParameters sampling = group.sampling();
        return CounterRandom.uniform(sampling.seed(), group.firstStream() + sample, drawn);
    }

    /** Takes a drawn token. */
    Decoder.Token take(int id, float logProb, float rawLogProb, Tokenizer tokenizer) {
        token = id;
        position++;
        drawn++;
        if (tokenizer.isStop(id)) {
            finish = FinishReason.STOP;
        } else if (drawn >= group.sampling().maxTokens()) {
            finish = FinishReason.LENGTH;
        }
        return new Decoder.Token(group.id(), sample, id, logProb, rawLogProb, finish);
    }

    /** Ends the sample without a token. */
    void abandon() {
        finish = FinishReason.LENGTH;
    }

    /** Goes on after the end, where the shape of the batch must not change. */
    void idle(int id) {
        token = id;
        position++;
        drawn++;
    }
}
