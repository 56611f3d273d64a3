package dev.thirteen.rollout;

import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.Precision;
import dev.thirteen.kit.EngineSettings;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** What tests of the decode thread work on: a tiny random checkpoint, tasks on it and settings. */
final class Decoding {
    static final Path MODEL =
            Path.of(System.getProperty("thirteen.home"), "engine/src/test/resources/golden/models/qwen2-tied");

    static final Map<String, String> SMALL =
            Map.of("thirteen.rollout.max-cache-tokens", "1024", "thirteen.engine.max-sequence-tokens", "128");

    static ModelStore store(Path root) {
        return new ModelStore(options(root, 1));
    }

    static ModelStore.Options options(Path root, int models) {
        return new ModelStore.Options(root, false, models, new EngineOptions(Precision.FP32, 1));
    }

    static BaseModel load() {
        return BaseModel.load(MODEL, new EngineOptions(Precision.FP32, 1));
    }

    static DecodeTask task(BaseModel base) {
        return task(base, 3);
    }

    /** Two seconds of a slow sample: no stop token ends it. */
    static DecodeTask endless(BaseModel base) {
        SamplingParameters sampling =
                new SamplingParameters(1, Filters.OFF, new LogitChanges(1, Endless.BIAS), List.of(), 1900, 7);
        return task(base, 1, 2, false, sampling);
    }

    static DecodeTask task(BaseModel base, int tokens) {
        return task(base, 1, 2, tokens, false);
    }

    static DecodeTask task(BaseModel base, int samples, int promptTokens, boolean alone) {
        return task(base, samples, promptTokens, 3, alone);
    }

    static DecodeTask task(BaseModel base, int samples, int promptTokens, int tokens, boolean alone) {
        return task(base, samples, promptTokens, alone, new SamplingParameters(1, 1, 0, tokens, 7));
    }

    static DecodeTask task(BaseModel base, int samples, int promptTokens, boolean alone, SamplingParameters sampling) {
        int[] prompt = IntStream.range(5, 5 + promptTokens).toArray();
        return new DecodeTask(base, Policy.BASE, prompt, samples, sampling, 0, alone, 0, DecodeTask.Turn.NOBODYS);
    }

    static SmallRyeConfig config(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(RolloutConfig.class)
                .withMapping(EngineSettings.class)
                .withConverter(Duration.class, 200, new DurationConverter())
                .withDefaultValues(values)
                .build();
    }

    /** A sample whose caller takes a millisecond for each token, so that no processor is done before the test has looked. */
    static class Slow extends Samples {
        Slow() {
            super(1);
        }

        @Override
        public void token(Decoder.Token token) {
            LockSupport.parkNanos(1_000_000);
            super.token(token);
        }
    }

    private Decoding() {}
}
