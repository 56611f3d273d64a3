package dev.thirteen.trainer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.UsedGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Rollouts from topic scored-rollouts. Where the groups of a run lie is found out once, by reading the topic; a group is then
 * read where it lies. Used by the engine thread.
 */
final class KafkaRecordedRollouts implements RecordedRollouts, AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Where a group lies. */
    private record Place(TopicPartition partition, long offset) {}

    private final KafkaClients clients;
    private final RunIndex index;
    private @Nullable Consumer<String, byte[]> reader;
    private final Map<String, Map<GroupRequest, Place>> places = new HashMap<>();

    KafkaRecordedRollouts(KafkaClients clients, RunIndex index) {
        this.clients = clients;
        this.index = index;
    }

    @Override
    public synchronized List<ScoredRollout> groups(String run, long step, RunState replay) {
        StepRecord record = index.step(run, step + 1)
                .orElseThrow(() -> conflict(run, "has not committed step %d".formatted(step + 1)));
        List<ScoredRollout> groups = new ArrayList<>();
        for (UsedGroup used : record.getGroupsList()) {
            GroupRequest request = new GroupRequest(step, used.getGroup(), used.getAttempt());
            ScoredRollout group = read(run, request);
            ScoredGroup.problem(group, replay).ifPresent(problem -> {
                throw conflict(run, "has rollouts that do not fit this one: " + problem);
            });
            groups.add(group);
        }
        return groups;
    }

    private ScoredRollout read(String run, GroupRequest request) {
        Place place = places(run, request).get(request);
        if (place == null) throw gone(run, request);
        Consumer<String, byte[]> open = reader();
        open.assign(List.of(place.partition()));
        open.seek(place.partition(), place.offset());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            for (ConsumerRecord<String, byte[]> record : open.poll(POLL)) {
                if (record.offset() == place.offset()) return parsed(record);
                throw gone(run, request);
            }
        }
        throw new Failure(Failure.Kind.OUTSIDE, "a rollout of run '%s' cannot be read from Kafka".formatted(run));
    }

    /** Most trainers never replay a run. */
    private Consumer<String, byte[]> reader() {
        Consumer<String, byte[]> open = reader;
        if (open == null) {
            open = clients.seeker();
            reader = open;
        }
        return open;
    }

    /** Looked for again where a group is missing: it may have come since. */
    private Map<GroupRequest, Place> places(String run, GroupRequest wanted) {
        Map<GroupRequest, Place> known = places.computeIfAbsent(run, _ -> new HashMap<>());
        if (known.containsKey(wanted)) return known;
        TopicReplay.replay(clients, Topics.SCORED_ROLLOUTS, record -> {
            if (!run.equals(record.key())) return;
            Place place = new Place(new TopicPartition(record.topic(), record.partition()), record.offset());
            // A copy that came later was dropped.
            known.putIfAbsent(
                    RunWire.request(parsed(record).getRollout().getRequest().getId()), place);
        });
        return known;
    }

    private static ScoredRollout parsed(ConsumerRecord<String, byte[]> record) {
        try {
            return ScoredRollout.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "%s %d cannot be read".formatted(record.topic(), record.offset()), e);
        }
    }

    private static Failure gone(String run, GroupRequest request) {
        return conflict(
                run,
                "has no rollout of step %d, group %d any more: topic scored-rollouts keeps them for a while"
                        .formatted(request.step(), request.group()));
    }

    private static Failure conflict(String run, String problem) {
        return new Failure(Failure.Kind.CONFLICT, "run '" + run + "' " + problem);
    }

    @Override
    public synchronized void close() {
        if (reader != null) reader.close();
    }
}
