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
    private static final int MANY_STEPS = 500;
    private static final int PARTS = 12;
    private static final Duration LIMIT = Duration.ofSeconds(300);

    @Test
    void aReplicaThatIsKilledInTheMiddleOfAStepChangesNothing(SystemUnderTest system) throws Exception {
        RunClient runs = system.runs();
        runs.create("alone", STEPS, PARTS);
        RunState alone = runs.awaitStep("alone", STEPS, LIMIT);
        LocalProcess replica = system.gradientReplica();
        RunState spread;
        try (GradientTopics topics = new GradientTopics(system)) {
            // Before its first answer it loads the base, and the run may be over by then: that one is of no account.
            runs.create("warm-up", MANY_STEPS, PARTS);
            topics.awaitAnswer("warm-up", LIMIT);
            runs.cancel("warm-up");
            runs.create("spread", STEPS, PARTS);
            long fatalStep = topics.awaitAnswer("spread", LIMIT);
            replica.kill();
            spread = runs.awaitStep("spread", STEPS, LIMIT);
            // The replica had a share in that step, and the trainer did the rest.
            assertThat(topics.answers("spread", fatalStep)).isBetween(1, PARTS - 1);
        }

        List<StepRecord> steps = runs.steps("spread");
        assertThat(spread.getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        assertThat(adapters(steps)).isEqualTo(adapters(runs.steps("alone")));
        assertThat(spread.getMasterList()).isEqualTo(alone.getMasterList());
        assertThat(spread.getFirstMomentList()).isEqualTo(alone.getFirstMomentList());
        assertThat(spread.getSecondMomentList()).isEqualTo(alone.getSecondMomentList());
        assertThat(alone.getMasterList()).anyMatch(value -> value != 0);
    }

    private static List<Adapter> adapters(List<StepRecord> steps) {
        return steps.stream().map(StepRecord::getAdapter).toList();
    }

    /** What the trainer asks of replicas, and what they answer. */
    private static final class GradientTopics implements AutoCloseable {
        /** A step of a run. */
        private record Step(String run, long number) {}

        private final KafkaConsumer<String, byte[]> consumer;
        private final Map<String, Step> stepOfRequest = new HashMap<>();
        private final Map<Step, Integer> answers = new HashMap<>();

        GradientTopics(SystemUnderTest system) {
            consumer = new KafkaConsumer<>(
                    Map.of("bootstrap.servers", system.endpoints().kafka()),
                    new StringDeserializer(),
                    new ByteArrayDeserializer());
            List<TopicPartition> partitions =
                    List.of(new TopicPartition("gradient-requests", 0), new TopicPartition("gradients", 0));
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
        }

        /** Returns a step of a run of which the replica has just answered a part, and has the next in hands. */
        long awaitAnswer(String run, Duration limit) throws Exception {
            long deadline = System.nanoTime() + limit.toNanos();
            while (System.nanoTime() < deadline) {
                read();
                for (Step step : answers.keySet()) if (step.run().equals(run)) return step.number();
            }
            throw new AssertionError("the replica answered no part of " + run + ", but " + answers);
        }

        int answers(String run, long step) throws Exception {
            while (consumer.currentLag(new TopicPartition("gradients", 0)).orElse(1) > 0) read();
            return answers.get(new Step(run, step));
        }

        private void read() throws Exception {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(20))) {
                if (record.topic().equals("gradient-requests")) {
                    GradientRequest request = GradientRequest.parseFrom(record.value());
                    stepOfRequest.put(record.key(), new Step(request.getRun(), request.getStep()));
                } else {
                    Step step = stepOfRequest.get(
                            GradientAnswer.parseFrom(record.value()).getRequestDigest());
                    if (step != null) answers.merge(step, 1, Integer::sum);
                }
            }
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
