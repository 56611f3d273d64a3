package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.local.LocalProcess;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.training.v1.GradientAnswer;
import dev.thirteen.proto.training.v1.GradientRequest;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A replica that computes parts of gradients, and dies in the middle of a step, changes no bit of a run. */
@ExtendWith(SystemUnderTest.Provider.class)
class GradientReplicaTest {
    private static final int STEPS = 2;
    private static final int PARTS = 12;
    /** The step in which the replica dies. */
    private static final int FATAL = 1;

    private static final Duration LIMIT = Duration.ofSeconds(120);

    @Test
    void aReplicaThatIsKilledInTheMiddleOfAStepChangesNothing(SystemUnderTest system) throws Exception {
        RunClient runs = system.runs();
        runs.create("alone", STEPS, PARTS);
        RunState alone = runs.awaitStep("alone", STEPS, LIMIT);
        LocalProcess replica = system.gradientReplica();
        Instant dead;
        try (KafkaConsumer<String, byte[]> topics = topics(system)) {
            runs.create("spread", STEPS, PARTS);
            awaitAnswer(topics);
            replica.kill();
            dead = Instant.now();
        }
        RunState spread = runs.awaitStep("spread", STEPS, LIMIT);

        List<StepRecord> steps = runs.steps("spread");
        StepRecord fatal = steps.get(FATAL);
        Instant committed = Instant.EPOCH.plusNanos(fatal.getCommittedUnixNano());
        System.out.printf(
                "a replica died %d ms before the step that it worked on was committed%n",
                Duration.between(dead, committed).toMillis());
        assertThat(dead).isBefore(committed);
        assertThat(spread.getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        assertThat(adapters(steps)).isEqualTo(adapters(runs.steps("alone")));
        assertThat(spread.getMasterList()).isEqualTo(alone.getMasterList());
        assertThat(spread.getFirstMomentList()).isEqualTo(alone.getFirstMomentList());
        assertThat(spread.getSecondMomentList()).isEqualTo(alone.getSecondMomentList());
        assertThat(alone.getMasterList()).anyMatch(value -> value != 0);
    }

    /** Returns when the replica has answered a part of the fatal step, of which it has the next in hands then. */
    private static void awaitAnswer(KafkaConsumer<String, byte[]> topics) throws Exception {
        Map<String, Long> steps = new HashMap<>();
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            for (ConsumerRecord<String, byte[]> record : topics.poll(Duration.ofMillis(20))) {
                if (record.topic().equals("gradient-requests")) {
                    GradientRequest request = GradientRequest.parseFrom(record.value());
                    if (request.getRun().equals("spread")) steps.put(record.key(), request.getStep());
                } else {
                    String digest = GradientAnswer.parseFrom(record.value()).getRequestDigest();
                    if (steps.getOrDefault(digest, -1L) == FATAL) return;
                }
            }
        }
        throw new AssertionError("no part of step " + FATAL + " was computed by the replica; requests: " + steps);
    }

    private static KafkaConsumer<String, byte[]> topics(SystemUnderTest system) {
        KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", system.endpoints().kafka()),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions =
                List.of(new TopicPartition("gradient-requests", 0), new TopicPartition("gradients", 0));
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        return consumer;
    }

    private static List<Adapter> adapters(List<StepRecord> steps) {
        return steps.stream().map(StepRecord::getAdapter).toList();
    }
}
