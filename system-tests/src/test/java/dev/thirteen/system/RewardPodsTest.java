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
    private static final int GROUPS = 1_500;
    private static final int SAMPLES = 8;
    private static final int PARTITIONS = 4;
    /** Of a reward pod: thirteen.reward.rollouts-in-flight. */
    private static final int WORKERS = 4;

    private static final int PODS = 3;
    private static final Duration LIMIT = Duration.ofSeconds(300);

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
        Map<Integer, ScoredRollout> results = new HashMap<>();
        int again = 0;
        long started = System.nanoTime();
        boolean done = false;
        while (results.size() < groups) {
            assertThat(System.nanoTime() - started)
                    .as("%d of %d groups of %s came", results.size(), groups, run)
                    .isLessThan(LIMIT.toNanos());
            for (ConsumerRecord<String, byte[]> record : scored.poll(Duration.ofMillis(50))) {
                if (record.key().equals(run)) again += check(ScoredRollout.parseFrom(record.value()), results);
            }
            if (!done && results.size() > groups / 3) {
                done = true;
                inTheMiddle.run();
            }
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        // The result is by id: whoever reads takes a group's first record and drops others, as the trainer does. Each
        // group is there, and every further record of it is the same. A worker writes a record and then acknowledges
        // its
        // work: whoever is killed in between, or stalled for longer than that may take, leaves one record more.
        assertThat(results.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, groups).boxed().toList());
        assertThat(again).as("records of %s written again", run).isLessThanOrEqualTo(PODS * WORKERS);
        return groups / seconds;
    }

    /** Keeps the first record of a group; returns how many more there were. */
    private static int check(ScoredRollout scored, Map<Integer, ScoredRollout> results) {
        for (int i = 0; i < SAMPLES; i++) {
            VerdictKind expected = i % 2 == 0 ? VerdictKind.VERDICT_KIND_CORRECT : VerdictKind.VERDICT_KIND_INCORRECT;
            assertThat(scored.getVerdicts(i).getKind()).isEqualTo(expected);
        }
        ScoredRollout timeless = scored.toBuilder().clearOccurredUnixNano().build();
        int group = scored.getRollout().getRequest().getId().getGroup();
        ScoredRollout first = results.putIfAbsent(group, timeless);
        if (first != null) assertThat(timeless).isEqualTo(first);
        return first == null ? 0 : 1;
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
