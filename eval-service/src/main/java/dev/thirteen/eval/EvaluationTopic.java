package dev.thirteen.eval;

import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the compacted topic of evaluations. */
final class EvaluationTopic {
    private EvaluationTopic() {}

    /** The last record of each id, in the order in which the ids first came. */
    static Map<String, byte[]> latest(KafkaClients clients) {
        Map<String, byte[]> latest = new LinkedHashMap<>();
        TopicReplay.replay(clients, Topics.EVALUATIONS, record -> {
            if (record.value() == null) {
                latest.remove(record.key());
            } else {
                latest.put(record.key(), record.value());
            }
        });
        return latest;
    }
}
