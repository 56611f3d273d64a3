package dev.thirteen.kit;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Every topic of the system: name, partitions and retention. trainer-service creates what is missing. What a share group
 * takes has one partition: the broker deals partitions out to the group's members, and a member whose partition is empty
 * would stand idle beside a full one.
 */
public enum Topics {
    /** {@code RolloutRequest}; key run/step/group; taken by share group rollout. */
    ROLLOUT_REQUESTS("rollout-requests", 1, Kept.DAYS_1),
    /** {@code Rollout}; key run/step/group; taken by share group reward. */
    ROLLOUTS("rollouts", 1, Kept.DAYS_1),
    /** {@code ScoredRollout}; key run; read by the classic group trainer. */
    SCORED_ROLLOUTS("scored-rollouts", 4, Kept.DAYS_1),
    /** {@code DeadLetter}; key run; read by the trainer, which refills the group. */
    DEAD_LETTERS("dead-letters", 1, Kept.DAYS_7),
    /** {@code GradientRequest}; key its digest; taken by share group gradient. */
    GRADIENT_REQUESTS("gradient-requests", 1, Kept.DAYS_1),
    /** {@code GradientAnswer}; key run; read by the trainer that asked. */
    GRADIENTS("gradients", 1, Kept.DAYS_1),
    /** {@code RunState}; key run; the latest of each run. */
    RUN_STATE("run-state", 1, Kept.LATEST),
    /** {@code StepRecord}; key run; the log of steps. */
    RUN_STEPS("run-steps", 1, Kept.FOR_EVER),
    /** {@code BlobChunk}; key digest/index. */
    BLOBS("blobs", 1, Kept.LATEST),
    /** {@code NamedAdapter}; key name; the imported adapters. */
    ADAPTERS("adapters", 1, Kept.LATEST),
    /** {@code Evaluation}; key evaluation id; the latest of each. The pods of eval-service share its partitions. */
    EVALUATIONS("evaluations", 4, Kept.LATEST),
    /** {@code EvaluationAnswer}; key evaluation id. */
    EVALUATION_ANSWERS("evaluation-answers", 1, Kept.DAYS_7);

    /** How long records stay. */
    private enum Kept {
        DAYS_1(Map.of("cleanup.policy", "delete", "retention.ms", millis(1))),
        DAYS_7(Map.of("cleanup.policy", "delete", "retention.ms", millis(7))),
        FOR_EVER(Map.of("cleanup.policy", "delete", "retention.ms", "-1", "retention.bytes", "-1")),
        LATEST(Map.of("cleanup.policy", "compact"));

        private final Map<String, String> configs;

        Kept(Map<String, String> configs) {
            this.configs = configs;
        }

        private static String millis(long days) {
            return Long.toString(Duration.ofDays(days).toMillis());
        }
    }

    private final String topic;
    private final int partitions;
    private final Kept kept;

    Topics(String topic, int partitions, Kept kept) {
        this.topic = topic;
        this.partitions = partitions;
        this.kept = kept;
    }

    /** Name on the broker. */
    public String topic() {
        return topic;
    }

    public int partitions() {
        return partitions;
    }

    /** What an admin client creates. */
    NewTopic newTopic(short replication) {
        Map<String, String> configs = new HashMap<>(kept.configs);
        configs.put("max.message.bytes", Integer.toString(KafkaClients.MAX_RECORD_BYTES));
        return new NewTopic(topic, partitions, replication).configs(configs);
    }
}
