package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/** Counts the groups that rollout-service has still to make, in hand or not: the lag of its share group. */
@Singleton
class WaitingGroups {
    private static final String GROUP = "rollout";
    private static final long ANSWER_SECONDS = 5;

    private final KafkaClients clients;
    private @Nullable Admin admin;

    WaitingGroups(KafkaClients clients) {
        this.clients = clients;
    }

    /**
     * Groups asked for and not acknowledged. An upper bound by a few: markers of transactions count where nobody has read yet.
     *
     * @throws Failure OUTSIDE when the broker does not answer
     */
    synchronized long count() {
        List<TopicPartition> partitions = TopicReplay.partitions(Topics.ROLLOUT_REQUESTS);
        Map<TopicPartition, Long> lags = lags();
        long known = partitions.stream()
                .mapToLong(partition -> lags.getOrDefault(partition, 0L))
                .sum();
        List<TopicPartition> unread = partitions.stream()
                .filter(partition -> !lags.containsKey(partition))
                .toList();
        return unread.isEmpty() ? known : known + records(unread);
    }

    /** Where the group has been; a partition that no pod has ever read is not in it. */
    private Map<TopicPartition, Long> lags() {
        Map<TopicPartition, Long> lags = new HashMap<>();
        try {
            get(admin().listShareGroupOffsets(Map.of(GROUP, spec())).partitionsToOffsetInfo(GROUP))
                    .forEach((partition, info) -> {
                        if (info != null) info.lag().ifPresent(lag -> lags.put(partition, lag));
                    });
        } catch (Failure nobodyYet) {
            if (!(nobodyYet.getCause() instanceof GroupIdNotFoundException)) throw nobodyYet;
        }
        return lags;
    }

    private static ListShareGroupOffsetsSpec spec() {
        return new ListShareGroupOffsetsSpec().topicPartitions(TopicReplay.partitions(Topics.ROLLOUT_REQUESTS));
    }

    /** All records: the group begins with the earliest. */
    private long records(List<TopicPartition> partitions) {
        return sum(partitions, OffsetSpec.latest()) - sum(partitions, OffsetSpec.earliest());
    }

    private long sum(List<TopicPartition> partitions, OffsetSpec which) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (TopicPartition partition : partitions) asked.put(partition, which);
        return get(admin().listOffsets(asked).all()).values().stream()
                .mapToLong(ListOffsetsResultInfo::offset)
                .sum();
    }

    private Admin admin() {
        Admin made = admin;
        if (made == null) {
            made = clients.admin();
            admin = made;
        }
        return made;
    }

    private <T> T get(KafkaFuture<T> answer) {
        try {
            return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw silent("no answer within " + ANSWER_SECONDS + " s", e);
        } catch (ExecutionException e) {
            throw silent(String.valueOf(e.getCause()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while asking the broker", e);
        }
    }

    private Failure silent(String why, Exception cause) {
        return new Failure(
                Failure.Kind.OUTSIDE,
                "the broker at %s does not tell how many groups wait: %s".formatted(clients.bootstrapServers(), why),
                cause);
    }

    @PreDestroy
    synchronized void close() {
        if (admin != null) admin.close();
    }
}
