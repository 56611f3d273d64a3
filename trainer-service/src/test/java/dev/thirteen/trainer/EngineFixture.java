package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.engine.Basis;
import dev.thirteen.kit.CacheSettings;
import dev.thirteen.kit.EngineSettings;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.KafkaSettings;
import dev.thirteen.kit.ModelSettings;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The engine's side of the trainer on the bundled model, with blobs that no broker keeps. */
record EngineFixture(EngineModels models, Blobs blobs) {
    static EngineFixture open(Path cache, RunIndex index) {
        return open(cache, index, Path.of(System.getProperty("thirteen.home"), "models"));
    }

    /** On the models of another folder. */
    static EngineFixture open(Path cache, RunIndex index, Path root) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withMapping(ModelSettings.class)
                .withMapping(EngineSettings.class)
                .withMapping(KafkaSettings.class)
                .withMapping(CacheSettings.class)
                .withConverter(Duration.class, 200, new DurationConverter())
                .withDefaultValues(Map.of(
                        "thirteen.models.root",
                        root.toString(),
                        "thirteen.engine.threads",
                        "1",
                        "thirteen.engine.precision",
                        "fp32",
                        "thirteen.cache.folder",
                        cache.toString()))
                .build();
        Blobs blobs = new InMemory(config);
        EngineModels models = new EngineModels(
                config.getConfigMapping(ModelSettings.class),
                config.getConfigMapping(EngineSettings.class),
                blobs,
                new DataSets(blobs),
                index);
        return new EngineFixture(models, blobs);
    }

    private static final class InMemory extends Blobs {
        private final Map<String, byte[]> files = new HashMap<>();

        InMemory(SmallRyeConfig config) {
            super(
                    new KafkaClients(config.getConfigMapping(KafkaSettings.class)),
                    config.getConfigMapping(CacheSettings.class));
        }

        @Override
        public String put(byte[] content) {
            String digest = Digests.sha256(content);
            files.put(digest, content);
            return digest;
        }

        @Override
        void put(Basis basis) {
            put(basis.toBytes());
        }

        @Override
        public boolean contains(String digest) {
            return files.containsKey(digest);
        }

        @Override
        public byte[] get(String digest) {
            return files.get(digest);
        }
    }

    /** A run on the bundled model, with that many numbers. */
    static RunSpec.Builder spec(int numbers) {
        RunSpec.Builder spec = Fixtures.spec("engine", "")
                .setDataSet(DataSet.newBuilder()
                        .setGenerator(
                                Generator.newBuilder().setName("arithmetic").setSplit("rl")))
                .setMicroBatchTokens(256);
        spec.getBaseModelBuilder().setFolder("tiny-arithmetic");
        spec.getPromptBuilder().setUser("{question}");
        spec.getAdapterBuilder().setU(numbers);
        return spec;
    }

    /** The next step of two groups. */
    static StepOutcome.Computed step(Blobs blobs, RunState record, Workload workload) {
        return step(blobs, record, workload, Gradients.here(workload), 2);
    }

    static StepOutcome.Computed step(Blobs blobs, RunState record, Workload workload, Gradients gradients, int count) {
        var spec = RunWire.spec(record.getSpec());
        List<ScoredRollout> groups = new ArrayList<>();
        for (int group = 0; group < count; group++) {
            GroupRequest request = new GroupRequest(record.getStep(), group, 0);
            Prompts.Prompt prompt = workload.prompts().of(request);
            groups.add(Fixtures.scored(
                    Records.request(record, spec, request, prompt, record.getStep(), record.getAdapter())));
        }
        StepOutcome outcome =
                new StepComputation(spec, record, () -> groups, blobs::get).compute(workload, gradients, 256);
        assertThat(outcome).isInstanceOf(StepOutcome.Computed.class);
        return (StepOutcome.Computed) outcome;
    }
}
