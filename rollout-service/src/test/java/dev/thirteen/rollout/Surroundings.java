package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc.GenerationServiceBlockingStub;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.ConfigProvider;

/** What stands around the service in a test: clients, a trainer, and one adapter of the golden model. */
final class Surroundings implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(60);
    static final TinyLoraSpec SPEC = new TinyLoraSpec(2, 3, Tying.ALL, 1, SigmaForm.PAPER, 1, ValueType.BF16);

    final BaseModel base;
    final Basis basis;
    final Adapter adapter;
    final KafkaClients clients = RealBroker.clients(setting("thirteen.kafka.bootstrap-servers"));
    final FakeTrainer trainer;
    final ManagedChannel channel = channel().build();

    Surroundings(Policies policies) throws IOException {
        base = policies.base(dev.thirteen.proto.policy.v1.BaseModel.newBuilder()
                .setFolder("qwen2-tied")
                .build());
        basis = Basis.derive(base, SPEC);
        adapter = adapter(0.5f, -1, 2);
        String trainerEndpoint = setting("thirteen.endpoints.trainer");
        trainer = new FakeTrainer(Integer.parseInt(trainerEndpoint.substring(trainerEndpoint.indexOf(':') + 1)));
        trainer.keep(basis.digest(), basis.toBytes());
    }

    /** A client of the service. */
    GenerationServiceBlockingStub client() {
        return GenerationServiceGrpc.newBlockingStub(channel).withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** A further connection to the service. */
    NettyChannelBuilder channel() {
        return NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(setting("quarkus.grpc.server.test-port")))
                .usePlaintext();
    }

    Adapter adapter(float... values) {
        return AdapterWire.of(SPEC, basis.digest(), values);
    }

    dev.thirteen.proto.policy.v1.BaseModel baseModel() {
        return dev.thirteen.proto.policy.v1.BaseModel.newBuilder()
                .setFolder("qwen2-tied")
                .setDigest(base.digest())
                .build();
    }

    NamedAdapter named(String run, long step, Adapter adapter) {
        return NamedAdapter.newBuilder()
                .setPolicyVersion(PolicyVersion.newBuilder().setRun(run).setStep(step))
                .setAdapter(adapter)
                .setBaseModel(baseModel())
                .build();
    }

    /** Records of the topic that the predicate takes, from the start, until there are so many. */
    List<ConsumerRecord<String, byte[]>> read(
            Topics topic, int count, Predicate<ConsumerRecord<String, byte[]>> wanted) {
        List<ConsumerRecord<String, byte[]>> found = new ArrayList<>();
        try (Consumer<String, byte[]> reader = clients.reader()) {
            List<TopicPartition> partitions = IntStream.range(0, topic.partitions())
                    .mapToObj(partition -> new TopicPartition(topic.topic(), partition))
                    .toList();
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            await(() -> {
                reader.poll(Duration.ofMillis(100)).forEach(record -> {
                    if (wanted.test(record)) found.add(record);
                });
                return found.size() >= count;
            });
        }
        return found;
    }

    /** Commits it and waits until the service, which follows the trainer from when it has found it, takes it for the latest. */
    void commitLatest(AdapterDirectory directory, NamedAdapter adapter) {
        trainer.commit(adapter);
        String run = adapter.getPolicyVersion().getRun();
        await(() -> directory.latest(run).filter(adapter::equals).isPresent());
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited " + LIMIT).isLessThan(deadline);
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static String setting(String name) {
        return ConfigProvider.getConfig().getValue(name, String.class);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        trainer.close();
    }
}
