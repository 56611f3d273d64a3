package dev.thirteen.rollout;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.RunName;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Policy;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.kit.PolicyWire;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.ShareWork;
import dev.thirteen.kit.ShareWork.Done;
import dev.thirteen.kit.ShareWork.Outcome;
import dev.thirteen.kit.ShareWork.Park;
import dev.thirteen.kit.ShareWork.Retry;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.rollout.v1.GroupId;
import dev.thirteen.proto.rollout.v1.PolicySpan;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.Sample;
import dev.thirteen.proto.rollout.v1.Timings;
import io.opentelemetry.api.trace.Span;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Answers each request of the topic with one rollout. A request that comes again gets the same rollout again. */
@Singleton
class RolloutRequests implements ShareWork.Handler {
    private final Policies policies;
    private final DecodeLoop loop;
    private final RecordWriter writer;
    private final InFlight inFlight;

    RolloutRequests(Policies policies, DecodeLoop loop, RecordWriter writer, InFlight inFlight) {
        this.inFlight = inFlight;
        this.policies = policies;
        this.loop = loop;
        this.writer = writer;
    }

    @Override
    public GroupId idOf(byte[] record) throws InvalidProtocolBufferException {
        return RolloutRequest.parseFrom(record).getId();
    }

    @Override
    public Outcome handle(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        RolloutRequest request;
        try {
            request = RolloutRequest.parseFrom(record.value());
        } catch (InvalidProtocolBufferException unreadable) {
            return new Park("the record is no RolloutRequest: " + unreadable.getMessage());
        }
        describe(request);
        // A bad adapter is refused before its base is loaded.
        AdapterWire.digest(request.getAdapter());
        BaseModel base = policies.base(request.getBaseModel());
        Policies.Adapted adapted;
        try {
            adapted = policies.policy(base, request.getAdapter());
        } catch (Failure unknown) {
            if (unknown.kind() != Failure.Kind.NOT_FOUND) throw unknown;
            // The trainer wrote the basis before the request: it will know it when it has read its topics.
            return new Retry(String.valueOf(unknown.getMessage()));
        }
        Samples.Finished finished = decode(task(base, adapted.policy(), request), request);
        Provenance provenance = Provenances.adapted(Provenances.of(base), adapted)
                .setPolicyVersion(request.getPolicyVersion())
                .build();
        writer.write(Topics.ROLLOUTS, record.key(), rollout(request, base, provenance, finished));
        return new Done();
    }

    private static DecodeTask task(BaseModel base, Policy policy, RolloutRequest request) {
        if (request.getSamples() < 1) {
            throw GenerationWire.field("samples", "must be at least 1, it is " + request.getSamples());
        }
        return new DecodeTask(
                base,
                policy,
                request.getPromptTokenIdsList().stream()
                        .mapToInt(Integer::intValue)
                        .toArray(),
                request.getSamples(),
                PolicyWire.sampling(request.getSampling()),
                request.getFirstStream(),
                request.getDeterministic(),
                0,
                new DecodeTask.Turn(RunName.tenant(request.getId().getRun()), 1));
    }

    private Samples.Finished decode(DecodeTask task, RolloutRequest request) throws InterruptedException {
        Samples samples = new Samples(task.samples(), request.getPolicyVersion().getStep());
        DecodeLoop.Ticket ticket = loop.submit(task, samples);
        try (InFlight.Follower _ = inFlight.follow(request, task.base(), ticket)) {
            return samples.future().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Failure failure) throw failure;
            throw new Failure(Failure.Kind.BUG, "decoding failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            ticket.cancel();
            throw e;
        }
    }

    private static Rollout rollout(
            RolloutRequest request, BaseModel base, Provenance provenance, Samples.Finished finished) {
        Rollout.Builder rollout = Rollout.newBuilder()
                .setRequest(request)
                .setProvenance(provenance)
                .setTimings(Timings.newBuilder()
                        .setQueuedMs(finished.queuedMillis())
                        .setGeneratedMs(finished.generatedMillis()));
        for (Samples.Sample sample : finished.samples()) {
            rollout.addSamples(Sample.newBuilder()
                    .addAllTokenIds(sample.tokenIds())
                    .addAllBehaviourLogProbs(sample.logProbs())
                    .addAllPolicySpans(request.getInFlight() ? spans(sample.policySteps()) : List.of())
                    .setText(sample.text(base.tokenizer(), request.getSampling().getStopList()))
                    .setFinishReason(PolicyWire.finishReason(sample.finish())));
        }
        Instant now = Instant.now();
        return rollout.setOccurredUnixNano(now.getEpochSecond() * 1_000_000_000L + now.getNano())
                .build();
    }

    /** Runs of tokens of one policy. */
    private static List<PolicySpan> spans(List<Long> steps) {
        List<PolicySpan> spans = new ArrayList<>();
        int from = 0;
        for (int t = 1; t <= steps.size(); t++) {
            if (t < steps.size() && steps.get(t).equals(steps.get(from))) continue;
            spans.add(PolicySpan.newBuilder()
                    .setStep(steps.get(from))
                    .setTokens(t - from)
                    .build());
            from = t;
        }
        return spans;
    }

    private static void describe(RolloutRequest request) {
        Span.current()
                .setAttribute("rl.run", request.getId().getRun())
                .setAttribute("rl.step", request.getId().getStep())
                .setAttribute("rl.group", request.getId().getGroup())
                .setAttribute("rl.attempt", request.getId().getAttempt())
                .setAttribute("gen_ai.operation.name", "text_completion")
                .setAttribute("gen_ai.request.model", request.getBaseModel().getFolder());
    }
}
