package dev.thirteen.trainer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.training.v1.GradientAnswer;
import dev.thirteen.proto.training.v1.RunState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Offers the parts of a gradient to replicas, which take them from the first on, and computes them from the last on, until
 * all are there. Nobody waits for a replica: a part that it has and does not answer is computed here in the end. A part is
 * known by the digest of its request, and its result is a function of that, so whose answer is taken changes no bit.
 */
final class SpreadGradients implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(SpreadGradients.class);
    private static final Duration POLL = Duration.ofMillis(200);
    /** Less than a record may have, with its headers. */
    private static final int MOST_BYTES = 2_000_000;
    /** A gradient of more is as long as what spreading it would save: 16 MB a part. */
    private static final int MOST_NUMBERS = 2_000_000;

    private final Producer<String, byte[]> producer;
    private final Consumer<String, byte[]> answers;
    private final Thread reading;
    /** Results that are waited for, by the digests of their requests; NONE until they are there. */
    private final Map<String, GradientSums> awaited = new ConcurrentHashMap<>();

    /** Pieces of answers that are not whole yet, by the digests of their requests. Used by the reading thread. */
    private final Map<String, GradientAnswer[]> pieces = new HashMap<>();

    private final AtomicLong byReplicas = new AtomicLong();
    private static final GradientSums NONE = new GradientSums(new double[0], GradientSums.Measures.NONE, List.of(), "");

    SpreadGradients(KafkaClients clients) {
        this.producer = clients.producer();
        this.answers = clients.reader();
        answers.assign(TopicReplay.partitions(Topics.GRADIENTS));
        answers.seekToEnd(answers.assignment());
        // Seeking is lazy: an answer may come before the first poll.
        answers.assignment().forEach(answers::position);
        this.reading = Thread.ofPlatform().daemon().name("gradients").start(this::read);
    }

    /** Parts that replicas computed so far. */
    long byReplicas() {
        return byReplicas.get();
    }

    /** Computes the next step of a run. */
    Gradients of(RunState record, RunSpec spec, Trainable here) {
        return tasks ->
                tasks.size() == 1 || !sendable(record, spec, tasks.getFirst().values())
                        ? Gradients.here(here).of(tasks)
                        : spread(record, spec, tasks, here);
    }

    /** Whether replicas get the values in the request, or by the digest under which the last step committed them. */
    private static boolean sendable(RunState record, RunSpec spec, float[] values) {
        if (values.length > MOST_NUMBERS) return false;
        Adapter adapter = Records.adapter(spec, record.getAdapter().getBasisDigest(), values, Digests::sha256);
        return adapter.getValuesDigest().equals(record.getAdapter().getValuesDigest());
    }

    private List<GradientSums> spread(RunState record, RunSpec spec, List<GradientTask> tasks, Trainable here) {
        List<String> digests = offer(record, spec, tasks);
        try {
            List<GradientSums> results = new ArrayList<>();
            for (int i = tasks.size() - 1; i >= 0; i--) {
                GradientSums answered = awaited.getOrDefault(digests.get(i), NONE);
                results.addFirst(answered == NONE ? tasks.get(i).on(here) : counted(answered));
            }
            return results;
        } finally {
            digests.forEach(awaited::remove);
        }
    }

    private GradientSums counted(GradientSums answered) {
        byReplicas.incrementAndGet();
        return answered;
    }

    private List<String> offer(RunState record, RunSpec spec, List<GradientTask> tasks) {
        List<String> digests = new ArrayList<>();
        for (GradientTask task : tasks) {
            byte[] request = GradientWire.request(record, spec, task).toByteArray();
            String digest = Digests.sha256(request);
            digests.add(digest);
            // What no record can hold is computed here.
            if (request.length > MOST_BYTES) continue;
            awaited.put(digest, NONE);
            producer.send(new ProducerRecord<>(Topics.GRADIENT_REQUESTS.topic(), digest, request), this::sent);
        }
        producer.flush();
        return digests;
    }

    private void sent(Object metadata, @Nullable Exception problem) {
        if (problem != null) LOG.warnf("a part of a gradient is not offered to replicas: %s", problem.getMessage());
    }

    private void read() {
        try (answers) {
            while (true) answers.poll(POLL).forEach(this::take);
        } catch (WakeupException e) {
            LOG.debug("no more answers are read");
        }
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        try {
            GradientAnswer answer = GradientAnswer.parseFrom(record.value());
            whole(answer).ifPresent(all -> awaited.replace(answer.getRequestDigest(), NONE, GradientWire.sums(all)));
        } catch (InvalidProtocolBufferException e) {
            LOG.warnf("record %d of topic gradients is no answer: %s", record.offset(), e.getMessage());
        }
    }

    /** All pieces, once the last has come. Those of two replicas are alike. */
    private Optional<List<GradientAnswer>> whole(GradientAnswer answer) {
        pieces.keySet().removeIf(digest -> !awaited.containsKey(digest));
        if (!awaited.containsKey(answer.getRequestDigest())) return Optional.empty();
        int count = Math.max(1, answer.getPieces());
        if (count == 1) return Optional.of(List.of(answer));
        GradientAnswer[] known = pieces.computeIfAbsent(answer.getRequestDigest(), _ -> new GradientAnswer[count]);
        if (answer.getPiece() >= 0 && answer.getPiece() < known.length) known[answer.getPiece()] = answer;
        if (Arrays.stream(known).anyMatch(Objects::isNull)) return Optional.empty();
        pieces.remove(answer.getRequestDigest());
        return Optional.of(List.of(known));
    }

    @Override
    public void close() {
        answers.wakeup();
        try {
            reading.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close(Duration.ofSeconds(5));
    }
}
