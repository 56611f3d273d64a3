package dev.thirteen.eval;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;

/** Figures of the service. */
@Singleton
class EvalMeters {
    private final Counter answers;
    private final Counter tokens;

    EvalMeters(MeterRegistry registry) {
        this.answers = Counter.builder("thirteen.eval.answers")
                .description("Answers judged")
                .register(registry);
        this.tokens = Counter.builder("thirteen.eval.completion.tokens")
                .description("Tokens of the judged answers")
                .register(registry);
    }

    void answered(int completionTokens) {
        answers.increment();
        tokens.increment(completionTokens);
    }
}
