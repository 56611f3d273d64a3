package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.local.RunLogStream.Kept;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes the topics that are kept into a stream, and back into an empty cluster. What is under way (requests, rollouts,
 * scored rollouts) is left out: the trainer asks for it again.
 */
public final class RunLogBackup {
    /** Topics with what a run is: docs/topics.md. */
    static final List<String> TOPICS =
            List.of("run-state", "run-steps", "adapters", "blobs", "evaluations", "evaluation-answers");

    /** Looks at the ends of the topics. After the first, what is left to read is what came while the last was read. */
    private static final int LOOKS = 1000;

    private static final Duration POLL = Duration.ofMillis(200);

    private final Map<String, Object> client;

    /** With the settings of a Kafka client, bootstrap.servers among them. */
    public RunLogBackup(Properties client) {
        Map<String, Object> settings = new HashMap<>();
        client.stringPropertyNames().forEach(name -> settings.put(name, client.getProperty(name)));
        this.client = Map.copyOf(settings);
    }

    /**
     * Writes everything that is committed, as it was at one moment: run states and steps belong together, so it reads on until
     * nothing was committed between two looks. Returns the number of records.
     *
     * @throws Failure OUTSIDE when the topics are not there or do not hold still
     */
    public int backup(OutputStream to) throws IOException {
        List<Kept> topics = topics();
        try (var out = new RunLogStream.Writer(to)) {
            for (Kept topic : topics) out.topic(topic);
            int records = copy(topics, out);
            out.end();
            return records;
        }
    }

    private int copy(List<Kept> topics, RunLogStream.Writer out) throws IOException {
        Map<String, Object> config = new HashMap<>(client);
        config.put("isolation.level", "read_committed");
        config.put("enable.auto.commit", false);
        // Held until it is written; the default of 50 MB asks for a larger heap than the rest.
        config.put("fetch.max.bytes", 8 * 1024 * 1024);
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (Kept topic : topics) {
                for (int i = 0; i < topic.partitions(); i++) partitions.add(new TopicPartition(topic.name(), i));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            int records = 0;
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            for (int look = 0; look < LOOKS; look++) {
                while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                        out.record(record);
                        records++;
                    }
                }
                Map<TopicPartition, Long> now = consumer.endOffsets(partitions);
                if (now.equals(ends)) return records;
                ends = now;
            }
        }
        throw new Failure(
                Failure.Kind.OUTSIDE,
                "steps are committed faster than they are read: pause the runs or stop trainer-service");
    }

    /** The number of records of a backup that is whole. @throws Failure CALLER when it is not */
    static int check(InputStream from) {
        try (var in = new RunLogStream.Reader(from)) {
            int count = 0;
            while (in.next().isPresent()) count++;
            return count;
        } catch (IOException e) {
            throw damaged(e);
        }
    }

    /**
     * Makes the topics with the settings that they had and fills them. Returns the number of records.
     *
     * @param replication copies of each record
     * @throws Failure CONFLICT when one of the topics is there; CALLER when the stream is no whole backup
     */
    public int restore(InputStream from, short replication) {
        try (var in = new RunLogStream.Reader(from);
                var producer = new KafkaProducer<>(restoring(), new ByteArraySerializer(), new ByteArraySerializer())) {
            List<NewTopic> topics = in.topics().stream()
                    .map(topic -> new NewTopic(topic.name(), topic.partitions(), replication).configs(topic.settings()))
                    .toList();
            create(topics);
            try {
                int count = fill(producer, in);
                awaitMarkers();
                return count;
            } catch (IOException | KafkaException e) {
                delete(topics);
                throw e;
            }
        } catch (IOException e) {
            throw damaged(e);
        }
    }

    /** One transaction: of a backup that was cut off nothing can be read. */
    private static int fill(KafkaProducer<byte[], byte[]> producer, RunLogStream.Reader in) throws IOException {
        producer.initTransactions();
        producer.beginTransaction();
        int count = 0;
        for (Optional<ProducerRecord<byte[], byte[]>> next = in.next(); next.isPresent(); next = in.next(), count++) {
            producer.send(next.get());
        }
        producer.commitTransaction();
        return count;
    }

    /** A commit is answered before it can be read; the next writer of that name is let in afterwards. */
    private void awaitMarkers() {
        try (var next = new KafkaProducer<>(restoring(), new ByteArraySerializer(), new ByteArraySerializer())) {
            next.initTransactions();
        }
    }

    private Map<String, Object> restoring() {
        Map<String, Object> config = new HashMap<>(client);
        config.put("acks", "all");
        config.put("transactional.id", "restore");
        // The most that brokers allow by their defaults: a large file comes through a slow line.
        config.put("transaction.timeout.ms", 900_000);
        config.put("max.request.size", 2 * 1024 * 1024);
        return config;
    }

    private static Failure damaged(IOException e) {
        return new Failure(Failure.Kind.CALLER, "this is no whole backup of a run log", e);
    }

    private void create(List<NewTopic> topics) {
        administered(admin -> {
            for (NewTopic topic : topics) {
                if (!admin.listTopics().names().get().contains(topic.name())) continue;
                throw new Failure(
                        Failure.Kind.CONFLICT,
                        "topic " + topic.name()
                                + " is there: a run log is restored before trainer-service first starts");
            }
            return admin.createTopics(topics).all().get();
        });
    }

    private void delete(List<NewTopic> topics) {
        administered(
                admin -> admin.deleteTopics(topics.stream().map(NewTopic::name).toList())
                        .all()
                        .get());
    }

    private List<Kept> topics() {
        return administered(admin -> {
            List<Kept> kept = new ArrayList<>();
            for (var topic : admin.describeTopics(TOPICS).allTopicNames().get().entrySet()) {
                ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.getKey());
                Map<String, String> settings = new TreeMap<>();
                for (Config config :
                        admin.describeConfigs(List.of(resource)).all().get().values()) {
                    for (ConfigEntry entry : config.entries()) {
                        if (entry.source() != ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) continue;
                        settings.put(entry.name(), entry.value());
                    }
                }
                kept.add(new Kept(topic.getKey(), topic.getValue().partitions().size(), settings));
            }
            return kept;
        });
    }

    /** What is asked of the broker about topics. */
    private interface Administration<T> {
        T asked(Admin admin) throws ExecutionException, InterruptedException;
    }

    private <T> T administered(Administration<T> administration) {
        try (Admin admin = Admin.create(client)) {
            return administration.asked(admin);
        } catch (ExecutionException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "the broker refuses: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted", e);
        }
    }
}
