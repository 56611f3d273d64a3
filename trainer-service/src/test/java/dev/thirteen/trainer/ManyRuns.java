package dev.thirteen.trainer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.kit.Topics;
import dev.thirteen.kit.Tracing;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A trainer of many runs on one thread, with topics in memory. Rollout and reward answer at once, and the engine begins when
 * nobody has anything more to say: as many steps wait for it as can.
 */
final class ManyRuns implements Journal {
    private final Queue<Runnable> mail = new ArrayDeque<>();
    private final Queue<Runnable> engine = new ArrayDeque<>();
    private final Queue<RolloutRequest> requests = new ArrayDeque<>();
    private final RunIndex index;
    private final RunDriver driver;
    private long offset;
    private long steps;
    /** Bytes of the largest record of each topic. */
    private final Map<String, Integer> largest = new HashMap<>();

    ManyRuns(Models models, RunIndex index) {
        this(models, index, new MemoryBlobs());
    }

    ManyRuns(Models models, RunIndex index, StateBlobs blobs) {
        this.index = index;
        StepSpans spans = new StepSpans(Tracing.off());
        TrainerMeters meters = new TrainerMeters(new SimpleMeterRegistry());
        InstantSource clock = InstantSource.fixed(Instant.EPOCH);
        EngineThreads threads = new EngineThreads(engine::add, Runnable::run);
        Background background = new Background(models, index, spans, 1024, threads, Optional.empty(), mail::add);
        RunCommits commits = new RunCommits(this, index, blobs, 2, spans, meters, clock);
        this.driver = new RunDriver(
                TrainerConfigTest.mapped(Map.of()), index, commits, background, (_, _, _) -> List.of(), meters, spans);
    }

    /** Creates runs and advances them until nothing is left to do. */
    void live(List<RunSpec> specs) {
        specs.forEach(driver::create);
        advance(() -> false);
    }

    /** Goes on with recorded runs, whose requests are lost, until nothing is left to do. */
    void goOn(List<RunState> records) {
        records.forEach(index::committed);
        records.forEach(record -> driver.restore(record, Instant.MIN));
        advance(() -> false);
        driver.checkDeadlines();
        advance(() -> false);
    }

    /** Creates a run and advances it to a step; then this process is no more. */
    RunState liveTo(RunSpec spec, long step) {
        driver.create(spec);
        advance(() -> index.state(spec.getName()).getStep() == step);
        return index.state(spec.getName());
    }

    private void advance(BooleanSupplier done) {
        while (!done.getAsBoolean() && (!mail.isEmpty() || !requests.isEmpty() || !engine.isEmpty())) {
            if (!mail.isEmpty()) mail.remove().run();
            else if (!requests.isEmpty()) answer(requests.remove());
            else engine.remove().run();
        }
    }

    RunState state(String run) {
        return index.state(run);
    }

    /** Bytes of the largest record that a topic got. */
    int largest(Topics topic) {
        return largest.getOrDefault(topic.topic(), 0);
    }

    private void answer(RolloutRequest request) {
        ScoredRollout.Builder scored = Fixtures.scored(request).toBuilder();
        String tokenizer = index.state(request.getId().getRun()).getTokenizerDigest();
        scored.getRolloutBuilder().getProvenanceBuilder().setTokenizerDigest(tokenizer);
        driver.record(new ConsumerRecord<>(
                Topics.SCORED_ROLLOUTS.topic(),
                0,
                offset++,
                request.getId().getRun(),
                scored.build().toByteArray()));
    }

    @Override
    public Written write(List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets) {
        List<RolloutRequest> asked = new ArrayList<>();
        for (ProducerRecord<String, byte[]> record : records) {
            // What removes a blob has no value.
            if (record.value() == null) continue;
            largest.merge(record.topic(), record.value().length, Math::max);
            if (!record.topic().equals(Topics.ROLLOUT_REQUESTS.topic())) continue;
            try {
                asked.add(RolloutRequest.parseFrom(record.value()));
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
            }
        }
        requests.addAll(asked);
        return Written.committed(OptionalLong.of(steps++));
    }
}
