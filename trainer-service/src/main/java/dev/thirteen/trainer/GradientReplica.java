package dev.thirteen.trainer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.ShareWork;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.rollout.v1.GroupId;
import dev.thirteen.proto.training.v1.GradientAnswer;
import dev.thirteen.proto.training.v1.GradientRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

/** Computes parts of gradients that a trainer offers. Used by one thread. */
final class GradientReplica implements ShareWork.Handler {
    private static final Logger LOG = Logger.getLogger(GradientReplica.class);
    private static final int MOST_KEPT = 16;

    private record Key(String baseDigest, String basisDigest, boolean deterministic) {}

    private final Models models;
    private final RecordWriter writer;
    private final Function<String, byte[]> blobs;
    private final ToLongFunction<String> committed;
    private final Map<Key, Trainable> kept = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Trainable> eldest) {
            if (size() > MOST_KEPT) eldest.getValue().close();
            return size() > MOST_KEPT;
        }
    };

    /**
     * @param blobs gives the content of a digest
     * @param committed committed steps of a run; may throw a Failure
     */
    GradientReplica(
            Models models, RecordWriter writer, Function<String, byte[]> blobs, ToLongFunction<String> committed) {
        this.models = models;
        this.writer = writer;
        this.blobs = blobs;
        this.committed = committed;
    }

    /** No group: what cannot be computed here is computed by the trainer, and nothing is refilled. */
    @Override
    public GroupId idOf(byte[] record) {
        return GroupId.getDefaultInstance();
    }

    @Override
    public ShareWork.Outcome handle(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        GradientRequest request;
        try {
            request = GradientRequest.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            return new ShareWork.Park("the record is no GradientRequest: " + e.getMessage());
        }
        if (late(request)) return new ShareWork.Done();
        GradientSums sums = GradientWire.task(request, blobs).on(trainable(request));
        for (GradientAnswer answer : GradientWire.answers(Digests.sha256(record.value()), sums)) {
            writer.write(Topics.GRADIENTS, request.getRun(), answer);
        }
        return new ShareWork.Done();
    }

    /** Whether the step is done: what a trainer without replicas offered is of no use any more. */
    private boolean late(GradientRequest request) {
        try {
            return request.getStep() < committed.applyAsLong(request.getRun());
        } catch (Failure e) {
            LOG.debugf("run '%s' cannot be asked for: %s", request.getRun(), e.getMessage());
            return e.kind() == Failure.Kind.NOT_FOUND;
        }
    }

    private Trainable trainable(GradientRequest request) {
        Key key = new Key(
                request.getBaseModel().getDigest(), request.getAdapter().getBasisDigest(), request.getDeterministic());
        return kept.computeIfAbsent(
                key, _ -> models.trainable(request.getBaseModel(), key.basisDigest(), key.deterministic(), blobs));
    }
}
