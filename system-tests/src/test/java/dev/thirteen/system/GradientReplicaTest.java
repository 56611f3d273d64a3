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
    private static final int STEPS = 5;
    private static final int PARTS = 12;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @Test
    void aReplicaThatIsKilledInTheMiddleOfAStepChangesNothing(SystemUnderTest system) throws Exception {
        RunClient runs = system.runs();
        runs.create("alone", STEPS, PARTS);
        RunState alone = runs.awaitStep("alone", STEPS, LIMIT);
        LocalProcess replica = system.gradientReplica();
        Instant dead;
        long fatalStep;
        try (KafkaConsumer<String, byte[]> topics = topics(system)) {
            runs.create("spread", STEPS, PARTS);
            fatalStep = awaitAnswer(topics);
            replica.kill();
            dead = Instant.now();
        }
        RunState spread = runs.awaitStep("spread", STEPS, LIMIT);

        List<StepRecord> steps = runs.steps("spread");
        StepRecord fatal = steps.get((int) fatalStep);
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

    /**
     * Returns the step of which the replica has just answered a part, and has the next in hands: a later one than that of its
     * first answer, before which it loads the base, and which may be over by then.
     */
    private static long awaitAnswer(KafkaConsumer<String, byte[]> topics) throws Exception {
        Map<String, Long> steps = new HashMap<>();
        long first = Long.MAX_VALUE;
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            for (ConsumerRecord<String, byte[]> record : topics.poll(Duration.ofMillis(20))) {
                if (record.topic().equals("gradient-requests")) {
                    GradientRequest request = GradientRequest.parseFrom(record.value());
                    if (request.getRun().equals("spread")) steps.put(record.key(), request.getStep());
                } else {
                    String digest = GradientAnswer.parseFrom(record.value()).getRequestDigest();
                    long step = steps.getOrDefault(digest, -1L);
                    if (step > first) return step;
                    if (step >= 0) first = Math.min(first, step);
                }
            }
        }
        throw new AssertionError("the replica computed no parts of two steps; requests: " + steps);
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
