package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the topics that are kept into a stream, and back into an empty cluster. What is under way (requests, rollouts,
 * scored rollouts) is left out: the trainer asks for it again. The stream is text: Base64 of gzip of topics and records.
 */
public final class RunLogBackup {
    /** Topics with what a run is: docs/topics.md. */
    static final List<String> TOPICS =
            List.of("run-state", "run-steps", "adapters", "blobs", "evaluations", "evaluation-answers");

    private static final String MAGIC = "thirteen-run-log 1";
    /** Every gzip stream begins so in Base64. */
    private static final byte[] BEGINNING = "H4sI".getBytes(StandardCharsets.US_ASCII);

    private static final int ATTEMPTS = 20;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final byte TOPIC = 1;
    private static final byte RECORD = 2;
    private static final byte END = 3;

    private final Map<String, Object> client;

    /** With the settings of a Kafka client, bootstrap.servers among them. */
    public RunLogBackup(Properties client) {
        Map<String, Object> settings = new HashMap<>();
        client.stringPropertyNames().forEach(name -> settings.put(name, client.getProperty(name)));
        this.client = Map.copyOf(settings);
    }

    private record Kept(String topic, int partitions, Map<String, String> configs) {}

    /**
     * Writes everything that is committed, as it was at one moment: run states and steps belong together, so it begins again
     * when the trainer commits meanwhile. Returns the number of records.
     *
     * @throws Failure OUTSIDE when the topics are not there or do not hold still
     */
    public int backup(OutputStream to) throws IOException {
        List<Kept> topics = topics();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            if (!readStill(topics, records)) continue;
            write(to, topics, records);
            return records.size();
        }
        throw new Failure(
                Failure.Kind.OUTSIDE,
                "steps are committed faster than they are read: pause the runs or stop trainer-service");
    }

    /** Whether nothing was committed while it was read. */
    private boolean readStill(List<Kept> topics, List<ConsumerRecord<byte[], byte[]>> records) {
        Map<String, Object> config = new HashMap<>(client);
        config.put("isolation.level", "read_committed");
        config.put("enable.auto.commit", false);
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (Kept topic : topics) {
                for (int i = 0; i < topic.partitions; i++) partitions.add(new TopicPartition(topic.topic, i));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(records::add);
            }
            return consumer.endOffsets(partitions).equals(ends);
        }
    }

    private static void write(OutputStream to, List<Kept> topics, List<ConsumerRecord<byte[], byte[]>> records)
            throws IOException {
        try (var out = new DataOutputStream(
                new GZIPOutputStream(Base64.getMimeEncoder().wrap(to)))) {
            out.writeUTF(MAGIC);
            for (Kept topic : topics) {
                out.writeByte(TOPIC);
                out.writeUTF(topic.topic);
                out.writeInt(topic.partitions);
                out.writeInt(topic.configs.size());
                for (var config : topic.configs.entrySet()) {
                    out.writeUTF(config.getKey());
                    out.writeUTF(config.getValue());
                }
            }
            for (ConsumerRecord<byte[], byte[]> record : records) {
                out.writeByte(RECORD);
                out.writeUTF(record.topic());
                out.writeInt(record.partition());
                out.writeLong(record.timestamp());
                bytes(out, record.key());
                bytes(out, record.value());
            }
            out.writeByte(END);
        }
    }

    private static void bytes(DataOutputStream out, byte @Nullable [] bytes) throws IOException {
        out.writeInt(bytes == null ? -1 : bytes.length);
        if (bytes != null) out.write(bytes);
    }

    /**
     * Makes the topics with the settings that they had and fills them. Returns the number of records.
     *
     * @param replication copies of each record
     * @throws Failure CONFLICT when one of the topics is there; CALLER when the stream is no whole backup
     */
    public int restore(InputStream from, short replication) {
        try (var in = new DataInputStream(
                        new GZIPInputStream(Base64.getMimeDecoder().wrap(afterRemarks(from))));
                var producer = new KafkaProducer<>(restoring(), new ByteArraySerializer(), new ByteArraySerializer())) {
            if (!in.readUTF().equals(MAGIC)) throw damaged();
            List<NewTopic> topics = new ArrayList<>();
            byte next = in.readByte();
            for (; next == TOPIC; next = in.readByte()) topics.add(topic(in, replication));
            create(topics);
            try {
                int count = fill(producer, in, next);
                awaitMarkers();
                return count;
            } catch (IOException e) {
                delete(topics);
                throw e;
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, "this is no whole backup of a run log", e);
        }
    }

    /** In a container's log, what the Kafka client had to remark while it read stands before the backup. */
    private static InputStream afterRemarks(InputStream from) throws IOException {
        BufferedInputStream in = new BufferedInputStream(from);
        while (true) {
            in.mark(BEGINNING.length);
            byte[] start = in.readNBytes(BEGINNING.length);
            in.reset();
            if (start.length < BEGINNING.length || Arrays.equals(start, BEGINNING)) return in;
            int skipped = in.read();
            while (skipped >= 0 && skipped != '\n') skipped = in.read();
        }
    }

    /** One transaction: of a backup that was cut off nothing can be read. */
    private static int fill(KafkaProducer<byte[], byte[]> producer, DataInputStream in, byte first) throws IOException {
        producer.initTransactions();
        producer.beginTransaction();
        int count = 0;
        byte next = first;
        for (; next == RECORD; next = in.readByte(), count++) producer.send(record(in));
        if (next != END) throw damaged();
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
        config.put("transaction.timeout.ms", 600_000);
        config.put("max.request.size", 2 * 1024 * 1024);
        return config;
    }

    private static EOFException damaged() {
        return new EOFException("this is no whole backup of a run log");
    }

    private static NewTopic topic(DataInputStream in, short replication) throws IOException {
        NewTopic topic = new NewTopic(in.readUTF(), in.readInt(), replication);
        Map<String, String> configs = new TreeMap<>();
        for (int left = in.readInt(); left > 0; left--) configs.put(in.readUTF(), in.readUTF());
        return topic.configs(configs);
    }

    private static ProducerRecord<byte[], byte[]> record(DataInputStream in) throws IOException {
        return new ProducerRecord<>(in.readUTF(), in.readInt(), in.readLong(), bytes(in), bytes(in));
    }

    private static byte @Nullable [] bytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0) return null;
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) throw new EOFException();
        return bytes;
    }

    private void create(List<NewTopic> topics) {
        try (Admin admin = Admin.create(client)) {
            for (NewTopic topic : topics) {
                if (!admin.listTopics().names().get().contains(topic.name())) continue;
                throw new Failure(
                        Failure.Kind.CONFLICT,
                        "topic " + topic.name()
                                + " is there: a run log is restored before trainer-service first starts");
            }
            admin.createTopics(topics).all().get();
        } catch (ExecutionException e) {
            throw outside(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void delete(List<NewTopic> topics) {
        try (Admin admin = Admin.create(client)) {
            admin.deleteTopics(topics.stream().map(NewTopic::name).toList())
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw outside(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private List<Kept> topics() {
        try (Admin admin = Admin.create(client)) {
            List<Kept> kept = new ArrayList<>();
            for (var topic : admin.describeTopics(TOPICS).allTopicNames().get().entrySet()) {
                ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.getKey());
                Map<String, String> configs = new TreeMap<>();
                for (Config config :
                        admin.describeConfigs(List.of(resource)).all().get().values()) {
                    for (ConfigEntry entry : config.entries()) {
                        if (entry.source() != ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) continue;
                        configs.put(entry.name(), entry.value());
                    }
                }
                kept.add(new Kept(topic.getKey(), topic.getValue().partitions().size(), configs));
            }
            return kept;
        } catch (ExecutionException e) {
            throw outside(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static Failure outside(ExecutionException answer) {
        return new Failure(Failure.Kind.OUTSIDE, "the broker refuses: " + answer.getMessage(), answer);
    }

    private static Failure interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Failure(Failure.Kind.OUTSIDE, "interrupted", e);
    }
}
