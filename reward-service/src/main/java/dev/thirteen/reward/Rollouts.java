package dev.thirteen.reward;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.ShareWork;
import dev.thirteen.kit.ShareWork.Done;
import dev.thirteen.kit.ShareWork.Outcome;
import dev.thirteen.kit.ShareWork.Park;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.rollout.v1.GroupId;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.Verdict;
import io.opentelemetry.api.trace.Span;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Scores each rollout of the topic. A failure of ours is never a reward: it is tried again, then parked. */
@Singleton
class Rollouts implements ShareWork.Handler {
    private final RecordWriter writer;
    private final RewardMeters meters;
    private final Judges judges;

    Rollouts(RecordWriter writer, RewardMeters meters, Judges judges) {
        this.writer = writer;
        this.judges = judges;
        this.meters = meters;
    }

    @Override
    public GroupId idOf(byte[] record) throws InvalidProtocolBufferException {
        return Rollout.parseFrom(record).getRequest().getId();
    }

    @Override
    public Outcome handle(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        Rollout rollout;
        try {
            rollout = Rollout.parseFrom(record.value());
        } catch (InvalidProtocolBufferException unreadable) {
            return new Park("the record is no Rollout: " + unreadable.getMessage());
        }
        RolloutRequest request = rollout.getRequest();
        if (rollout.getSamplesCount() == 0) return new Park("the rollout has no samples");
        describe(request.getId());
        List<Verdict> verdicts = judges.verdicts(RewardWire.work(rollout));
        Instant now = Instant.now();
        ScoredRollout scored = ScoredRollout.newBuilder()
                .setRollout(rollout)
                .addAllVerdicts(verdicts)
                .setOccurredUnixNano(now.getEpochSecond() * 1_000_000_000L + now.getNano())
                .build();
        writer.write(Topics.SCORED_ROLLOUTS, request.getId().getRun(), scored);
        meters.count(verdicts);
        return new Done();
    }

    private static void describe(GroupId id) {
        Span.current()
                .setAttribute("rl.run", id.getRun())
                .setAttribute("rl.step", id.getStep())
                .setAttribute("rl.group", id.getGroup())
                .setAttribute("rl.attempt", id.getAttempt());
    }
}
