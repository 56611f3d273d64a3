package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.local.LocalSystem;
import dev.thirteen.local.Service;
import dev.thirteen.proto.rollout.v1.GroupId;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.Sample;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rewards by several pods: more are faster, one may be killed, and what nobody can read holds nobody up. */
@ExtendWith(SystemUnderTest.Provider.class)
class RewardPodsTest {
    private static final int GROUPS = 3_000;
    private static final int SAMPLES = 8;
    private static final int PARTITIONS = 4;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @Test
    void threePodsShareTheWorkAndOneOfThemMayBeKilled(SystemUnderTest system) throws Exception {
        String broker = system.endpoints().kafka();
        try (KafkaProducer<String, byte[]> producer = producer(broker);
                KafkaConsumer<String, byte[]> scored = scored(broker)) {
            score(producer, scored, "warm", 500, () -> {});
            double one = score(producer, scored, "one", GROUPS, () -> {});
            LocalSystem.Pod second = system.another(Service.REWARD);
            LocalSystem.Pod third = system.another(Service.REWARD);
            score(producer, scored, "warm-three", 500, () -> {});
            double three = score(producer, scored, "three", GROUPS, () -> {});
            System.out.printf("reward pods: 1: %.0f groups/s, 3: %.0f groups/s%n", one, three);
            score(producer, scored, "killed", GROUPS, () -> second.process().kill());
            third.process().stop();
        }
    }

    /** Has groups scored, one of them unreadable; returns how many a second. */
    private static double score(
            KafkaProducer<String, byte[]> producer,
            KafkaConsumer<String, byte[]> scored,
            String run,
            int groups,
            Runnable inTheMiddle)
            throws Exception {
        producer.send(new ProducerRecord<>("rollouts", "poison", new byte[] {1, 2, 3}));
        for (int i = 0; i < groups; i++) {
            producer.send(new ProducerRecord<>("rollouts", run + "/0/" + i, rollout(run, i)));
        }
        producer.flush();
        Map<Integer, Integer> times = new HashMap<>();
        long started = System.nanoTime();
        boolean done = false;
        while (times.size() < groups) {
            assertThat(System.nanoTime() - started)
                    .as("%d of %d groups of %s came", times.size(), groups, run)
                    .isLessThan(LIMIT.toNanos());
            for (ConsumerRecord<String, byte[]> record : scored.poll(Duration.ofMillis(50))) {
                if (record.key().equals(run)) check(ScoredRollout.parseFrom(record.value()), times);
            }
            if (!done && times.size() > groups / 3) {
                done = true;
                inTheMiddle.run();
            }
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        // The result is by id: whoever reads takes the first record of a group and drops others, as the trainer does.
        // Each
        // group is there, every record of it says the same, and of the killed pod's partitions at most the one record
        // that
        // it had written and not yet committed is there twice.
        assertThat(times.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, groups).boxed().toList());
        assertThat(times.values().stream().filter(count -> count > 1).count()).isLessThanOrEqualTo(PARTITIONS);
        assertThat(times.values()).allSatisfy(count -> assertThat(count).isLessThanOrEqualTo(2));
        return groups / seconds;
    }

    /** A record says of each sample what is right, so that a second one of its group says the same as the first. */
    private static void check(ScoredRollout scored, Map<Integer, Integer> times) {
        int group = scored.getRollout().getRequest().getId().getGroup();
        times.merge(group, 1, Integer::sum);
        assertThat(scored.getVerdictsList()).hasSize(SAMPLES);
        for (int i = 0; i < SAMPLES; i++) {
            VerdictKind expected = i % 2 == 0 ? VerdictKind.VERDICT_KIND_CORRECT : VerdictKind.VERDICT_KIND_INCORRECT;
            assertThat(scored.getVerdicts(i).getKind()).isEqualTo(expected);
        }
    }

    private static byte[] rollout(String run, int group) {
        Rollout.Builder rollout = Rollout.newBuilder()
                .setRequest(RolloutRequest.newBuilder()
                        .setId(GroupId.newBuilder().setRun(run).setGroup(group))
                        .setRewardTask(RewardTask.newBuilder()
                                .setAnswer("42")
                                .setScorer("numeric")
                                .setExtraction("boxed")));
        for (int i = 0; i < SAMPLES; i++) {
            String text = "Let us see. ".repeat(20) + "\\boxed{" + (i % 2 == 0 ? "42.0" : "41") + "}";
            rollout.addSamples(Sample.newBuilder().setText(text));
        }
        return rollout.build().toByteArray();
    }

    private static KafkaProducer<String, byte[]> producer(String broker) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", broker, "linger.ms", 5), new StringSerializer(), new ByteArraySerializer());
    }

    private static KafkaConsumer<String, byte[]> scored(String broker) {
        KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker), new StringDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> new TopicPartition("scored-rollouts", partition))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        return consumer;
    }
}
