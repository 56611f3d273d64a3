package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Makes Kafka clients with the system's settings: string keys, protobuf bytes as values, timeouts that end. */
@Singleton
public class KafkaClients {
    private static final Logger LOG = Logger.getLogger(KafkaClients.class);
    /** One answer of the broker; a healthy one takes milliseconds. */
    private static final Duration ANSWER = Duration.ofSeconds(10);
    /** Largest record: a group of 131,072 tokens with its text, 1.5 MiB, and room. Topics are created with it. */
    static final int MAX_RECORD_BYTES = 2 * 1024 * 1024;

    private final String bootstrapServers;
    private final Duration startTimeout;
    private final int replication;
    private final Map<String, String> properties;

    @Inject
    public KafkaClients(KafkaSettings settings) {
        this(
                settings.bootstrapServers(),
                settings.startTimeout(),
                settings.replication(),
                ClientProperties.read(settings.clientProperties()));
    }

    /** Clients of the brokers at host:port; the other values as in {@link KafkaSettings}. */
    public KafkaClients(String bootstrapServers, Duration startTimeout, int replication) {
        this(bootstrapServers, startTimeout, replication, Map.of());
    }

    private KafkaClients(
            String bootstrapServers, Duration startTimeout, int replication, Map<String, String> properties) {
        this.bootstrapServers = bootstrapServers;
        this.startTimeout = startTimeout;
        this.replication = replication;
        this.properties = properties;
    }

    /** Brokers as configured, for messages. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** An idempotent producer; acks from all replicas. */
    public Producer<String, byte[]> producer() {
        Map<String, Object> config = producerConfig();
        return made(() -> new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer()));
    }

    /** A transactional producer; the next one with the same id fences it. The caller calls initTransactions. */
    public Producer<String, byte[]> transactionalProducer(String id) {
        Map<String, Object> config = producerConfig();
        config.put("transactional.id", id);
        // Longer than a broker's restart: a transaction that runs out is rolled back, and may end its writer. The next
        // writer ends what a killed one left open, so nobody waits for this.
        config.put("transaction.timeout.ms", 60_000);
        return made(() -> new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer()));
    }

    /** A consumer for assigned partitions that finds its place by the offsets of a classic group: no automatic commits. */
    public Consumer<String, byte[]> consumer(String group) {
        Map<String, Object> config = readerConfig();
        config.put("group.id", group);
        return consumer(config);
    }

    /**
     * A member of a classic group that shares a topic's partitions among the pods of a service: what it is assigned is its
     * own until it is told otherwise. A pod that was killed is missed after the session's time.
     */
    public Consumer<String, byte[]> member(String group, Duration session) {
        Map<String, Object> config = readerConfig();
        config.put("group.id", group);
        config.put("session.timeout.ms", (int) session.toMillis());
        config.put("heartbeat.interval.ms", (int) session.toMillis() / 4);
        config.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        return consumer(config);
    }

    /** A consumer without a group, for topics that are read from their start: assign partitions to it. */
    public Consumer<String, byte[]> reader() {
        return consumer(readerConfig());
    }

    /**
     * A reader that goes from place to place. At the end of a partition a broker holds a fetch back, in case something comes,
     * and the next place would have to wait for it.
     */
    public Consumer<String, byte[]> seeker() {
        Map<String, Object> config = readerConfig();
        config.put("fetch.max.wait.ms", 10);
        return consumer(config);
    }

    private Consumer<String, byte[]> consumer(Map<String, Object> config) {
        return made(() -> new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer()));
    }

    /** A consumer of a share group that takes one record at a time and acknowledges it explicitly. */
    public ShareConsumer<String, byte[]> shareConsumer(String group) {
        Map<String, Object> config = common();
        config.put("group.id", group);
        config.put("share.acknowledgement.mode", "explicit");
        // The default gives one consumer the producer's whole batch and leaves the others without work.
        config.put("share.acquire.mode", "record_limit");
        config.put("max.poll.records", 1);
        return made(() -> new KafkaShareConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer()));
    }

    public Admin admin() {
        Map<String, Object> config = common();
        int millis = (int) Math.clamp(startTimeout.toMillis(), 1_000, ANSWER.toMillis());
        config.put("request.timeout.ms", millis);
        config.put("default.api.timeout.ms", millis);
        return made(() -> Admin.create(config));
    }

    /** A client, or in one sentence why there can be none: most often a host that has no address. */
    private <T> T made(Supplier<T> constructor) {
        try {
            return constructor.get();
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "no Kafka client for %s (thirteen.kafka.bootstrap-servers): %s"
                            .formatted(bootstrapServers, cause.getMessage()),
                    e);
        }
    }

    /**
     * Waits for the broker, and refuses one without share groups.
     *
     * @throws Failure OUTSIDE in one sentence
     */
    public void requireBroker() {
        long deadline = System.nanoTime() + startTimeout.toNanos();
        try (Admin admin = admin()) {
            while (true) {
                try {
                    requireShareGroups(get(admin.describeFeatures().featureMetadata())
                            .finalizedFeatures()
                            .get("share.version"));
                    return;
                } catch (TimeoutException noAnswer) {
                    if (System.nanoTime() > deadline) throw unreachable(noAnswer);
                    LOG.infof("waiting for the Kafka broker at %s", bootstrapServers);
                }
            }
        }
    }

    private void requireShareGroups(@Nullable FinalizedVersionRange shareVersion) {
        if (shareVersion != null && shareVersion.maxVersionLevel() >= 1) return;
        throw new Failure(
                Failure.Kind.OUTSIDE,
                "the broker at " + bootstrapServers
                        + " has no share groups (KIP-932): Thirteen needs Kafka 4.2 or later with share.version=1");
    }

    /** Creates the topics that are missing; leaves those that exist as they are. */
    public void ensureTopics() {
        try (Admin admin = admin()) {
            var results = admin.createTopics(Arrays.stream(Topics.values())
                            .map(topic -> topic.newTopic((short) replication))
                            .toList())
                    .values();
            for (KafkaFuture<Void> result : results.values()) {
                try {
                    get(result);
                } catch (Failure e) {
                    if (!(e.getCause() instanceof TopicExistsException)) throw e;
                }
            }
        } catch (TimeoutException e) {
            throw unreachable(e);
        }
    }

    /** Waits until the topics exist, saying so; OUTSIDE when the time is up. */
    public void awaitTopics(Topics... topics) {
        Set<String> missing =
                new TreeSet<>(Arrays.stream(topics).map(Topics::topic).toList());
        long deadline = System.nanoTime() + startTimeout.toNanos();
        try (Admin admin = admin()) {
            while (true) {
                missing.removeAll(get(admin.listTopics().names()));
                if (missing.isEmpty()) return;
                if (System.nanoTime() > deadline) {
                    throw new Failure(
                            Failure.Kind.OUTSIDE,
                            "topics " + missing + " are not there: trainer-service creates them, start it first");
                }
                LOG.infof("waiting for topics %s, which trainer-service creates", missing);
                TimeUnit.MILLISECONDS.sleep(500);
            }
        } catch (TimeoutException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while waiting for topics " + missing, e);
        }
    }

    /**
     * Sets what a share group needs: from the first record, committed records only, the given lock on a record, and how
     * often a record is delivered before the broker drops it, at most 10 by the broker's defaults.
     */
    public void configureShareGroup(String group, Duration lock, int deliveries) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        List<AlterConfigOp> changes = List.of(
                set("share.auto.offset.reset", "earliest"),
                // A share group delivers aborted records by default.
                set("share.isolation.level", "read_committed"),
                set("share.delivery.count.limit", Integer.toString(deliveries)),
                set("share.record.lock.duration.ms", Long.toString(lock.toMillis())));
        try (Admin admin = admin()) {
            get(admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
        } catch (TimeoutException e) {
            throw unreachable(e);
        }
        awaitCoordinator(group);
    }

    /** Waits until a share group has a coordinator: while it knows none, a share consumer spins (see {@link BrokerWatch}). */
    void awaitCoordinator(String group) {
        try (Admin admin = admin()) {
            get(admin.describeShareGroups(List.of(group)).all());
        } catch (TimeoutException e) {
            throw unreachable(e);
        } catch (Failure answered) {
            // A group that nobody has joined yet is not found, by its coordinator.
            if (!(answered.getCause() instanceof GroupIdNotFoundException)) throw answered;
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private <T> T get(KafkaFuture<T> answer) throws TimeoutException {
        try {
            return answer.get(ANSWER.toMillis() + 1_000, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof org.apache.kafka.common.errors.TimeoutException) {
                throw new TimeoutException(cause.getMessage());
            }
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "the broker at " + bootstrapServers + " refused: " + cause.getMessage(),
                    cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while asking the broker", e);
        }
    }

    private Failure unreachable(Exception cause) {
        return new Failure(
                Failure.Kind.OUTSIDE,
                "no Kafka broker answers at " + bootstrapServers + " (thirteen.kafka.bootstrap-servers)",
                cause);
    }

    private Map<String, Object> producerConfig() {
        Map<String, Object> config = common();
        config.put("acks", "all");
        config.put("enable.idempotence", true);
        config.put("max.request.size", MAX_RECORD_BYTES);
        config.put("max.block.ms", 30_000);
        config.put("request.timeout.ms", (int) ANSWER.toMillis());
        // Longer than a broker's restart.
        config.put("delivery.timeout.ms", 60_000);
        return config;
    }

    private Map<String, Object> readerConfig() {
        Map<String, Object> config = common();
        config.put("isolation.level", "read_committed");
        config.put("enable.auto.commit", false);
        config.put("auto.offset.reset", "earliest");
        config.put("default.api.timeout.ms", 30_000);
        return config;
    }

    private Map<String, Object> common() {
        Map<String, Object> config = new HashMap<>(properties);
        config.put("bootstrap.servers", bootstrapServers);
        config.put("reconnect.backoff.ms", 50);
        config.put("reconnect.backoff.max.ms", 1_000);
        // A broker that restarts on another address is found again.
        config.put("metadata.max.age.ms", 30_000);
        return config;
    }
}
