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
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
        RunState spread;
        try (GradientTopics topics = new GradientTopics(system, "spread")) {
            runs.create("spread", STEPS, PARTS);
            long fatalStep = topics.awaitAnswerOfASecondStep(LIMIT);
            replica.kill();
            spread = runs.awaitStep("spread", STEPS, LIMIT);
            // The replica had a share in that step, and the trainer did the rest.
            assertThat(topics.answersOf(fatalStep)).isBetween(1, PARTS - 1);
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

    /** What a run's trainer asks of replicas, and what they answer. */
    private static final class GradientTopics implements AutoCloseable {
        private final String run;
        private final KafkaConsumer<String, byte[]> consumer;
        private final Map<String, Long> stepOfRequest = new HashMap<>();
        private final Map<Long, Integer> answers = new TreeMap<>();

        GradientTopics(SystemUnderTest system, String run) {
            this.run = run;
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

        /**
         * Returns the step of which the replica has just answered a part, and has the next in hands: a later one than that of
         * its first answer, before which it loads the base, and which may be over by then.
         */
        long awaitAnswerOfASecondStep(Duration limit) throws Exception {
            long deadline = System.nanoTime() + limit.toNanos();
            while (System.nanoTime() < deadline) {
                read();
                if (answers.size() > 1) return Collections.max(answers.keySet());
            }
            throw new AssertionError("the replica answered parts of steps " + answers + ", not of two");
        }

        int answersOf(long step) throws Exception {
            while (consumer.currentLag(new TopicPartition("gradients", 0)).orElse(1) > 0) read();
            return answers.get(step);
        }

        private void read() throws Exception {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(20))) {
                if (record.topic().equals("gradient-requests")) {
                    GradientRequest request = GradientRequest.parseFrom(record.value());
                    if (request.getRun().equals(run)) stepOfRequest.put(record.key(), request.getStep());
                } else {
                    Long step = stepOfRequest.get(
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
