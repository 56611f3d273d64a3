package dev.thirteen.eval;

import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;

/**
 * Which partitions of {@code evaluations} are this pod's, among all pods of the service: it works on the evaluations in
 * them. A pod that stalls may think so for longer than the group does; what two pods answer counts once all the same.
 */
final class Ownership {
    private static final String GROUP = "eval";
    private static final Duration POLL = Duration.ofMillis(200);

    private Ownership() {}

    /**
     * Takes part in the sharing until it is told to stop.
     *
     * @param session how long a pod that was killed is waited for
     * @param owned is told of all own partitions after each change
     */
    static void hold(KafkaClients clients, Duration session, BooleanSupplier stopped, Consumer<Set<Integer>> owned) {
        try (var member = clients.member(GROUP, session)) {
            Runnable tell = () -> owned.accept(
                    member.assignment().stream().map(TopicPartition::partition).collect(Collectors.toSet()));
            member.subscribe(List.of(Topics.EVALUATIONS.topic()), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    // The records themselves every pod reads elsewhere.
                    member.pause(member.assignment());
                    tell.run();
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    lost(partitions);
                }

                @Override
                public void onPartitionsLost(Collection<TopicPartition> partitions) {
                    lost(partitions);
                }

                private void lost(Collection<TopicPartition> partitions) {
                    Set<Integer> left = member.assignment().stream()
                            .filter(partition -> !partitions.contains(partition))
                            .map(TopicPartition::partition)
                            .collect(Collectors.toSet());
                    owned.accept(left);
                }
            });
            while (!stopped.getAsBoolean()) member.poll(POLL);
        }
    }
}
