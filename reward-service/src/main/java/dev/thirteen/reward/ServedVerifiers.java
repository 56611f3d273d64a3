package dev.thirteen.reward;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.Completion;
import dev.thirteen.core.reward.Task;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.reward.TermScore;
import dev.thirteen.proto.reward.v1.VerifierJudgement;
import dev.thirteen.proto.reward.v1.VerifierServiceGrpc;
import dev.thirteen.proto.reward.v1.VerifyCompletion;
import dev.thirteen.proto.reward.v1.VerifyRequest;
import dev.thirteen.proto.reward.v1.VerifyResponse;
import dev.thirteen.verifier.reward.ServedVerifier;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.smallrye.faulttolerance.api.TypedGuard;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;
import org.jspecify.annotations.Nullable;

/**
 * Verifiers of users' own: a channel and a circuit breaker for each address. They get no certificate and no key of this system, which
 * does not know who they are. Whatever goes wrong is a failure, and no reward.
 */
@Singleton
class ServedVerifiers implements ServedVerifier {
    /** What the same call may not meet again; all else says that the server does not want it. */
    private static final Set<Status.Code> PASSING = EnumSet.of(
            Status.Code.UNAVAILABLE,
            Status.Code.DEADLINE_EXCEEDED,
            Status.Code.RESOURCE_EXHAUSTED,
            Status.Code.ABORTED,
            Status.Code.INTERNAL,
            Status.Code.UNKNOWN,
            Status.Code.CANCELLED);

    private static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
    private static final int MAX_DETAIL = 1_000;
    /** Calls of which half must fail before no more are made, and seconds until one is tried again. */
    private static final int BREAKER_CALLS = 10;

    private static final int BREAKER_SECONDS = 5;
    private static final int RETRY_PAUSE_MILLIS = 200;

    private final Map<Address, Server> servers = new ConcurrentHashMap<>();
    private final Map<Integer, TypedGuard<VerifyResponse>> retries = new ConcurrentHashMap<>();
    private final Duration alone;

    /** Runs with other deadlines or retries share a server's channel and what is known of its failures. */
    private record Address(String hostPort, boolean tls) {
        static Address of(TermKind.Service term) {
            return new Address(term.address(), term.tls());
        }
    }

    private record Server(ManagedChannel channel, TypedGuard<VerifyResponse> breaker) {}

    @Inject
    ServedVerifiers() {
        this(Duration.ofSeconds(BREAKER_SECONDS));
    }

    /** @param alone how long a server is left alone before a call is tried again */
    ServedVerifiers(Duration alone) {
        this.alone = alone;
    }

    @Override
    public List<TermScore> verify(TermKind.Service term, Task task, List<Completion> completions) {
        Server server = servers.computeIfAbsent(Address.of(term), this::connect);
        VerifyRequest request = request(task, completions);
        try {
            VerifyResponse response = retries.computeIfAbsent(term.retries(), ServedVerifiers::retry)
                    .call(() -> server.breaker().call(() -> call(server, term, request)));
            return scores(term, response);
        } catch (StatusRuntimeException e) {
            boolean passing = PASSING.contains(e.getStatus().getCode());
            throw failed(passing ? Failure.Kind.OUTSIDE : Failure.Kind.CALLER, term, e.toString(), e);
        } catch (CircuitBreakerOpenException e) {
            throw failed(Failure.Kind.OUTSIDE, term, "it failed often, and is left alone for a while", e);
        } catch (Failure e) {
            throw e;
        } catch (Exception e) {
            throw failed(Failure.Kind.OUTSIDE, term, e.toString(), e);
        }
    }

    private static VerifyResponse call(Server server, TermKind.Service term, VerifyRequest request) {
        return VerifierServiceGrpc.newBlockingStub(server.channel())
                .withDeadlineAfter(term.millis(), TimeUnit.MILLISECONDS)
                .verify(request);
    }

    private Server connect(Address address) {
        TypedGuard<VerifyResponse> breaker = TypedGuard.create(VerifyResponse.class)
                .withDescription("verifier " + address.hostPort())
                .withCircuitBreaker()
                .requestVolumeThreshold(BREAKER_CALLS)
                .failureRatio(0.5)
                .delay(alone.toMillis(), ChronoUnit.MILLIS)
                .when(ServedVerifiers::passes)
                .done()
                .build();
        ChannelCredentials credentials =
                address.tls() ? TlsChannelCredentials.create() : InsecureChannelCredentials.create();
        ManagedChannel channel = Grpc.newChannelBuilder(address.hostPort(), credentials)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .build();
        return new Server(channel, breaker);
    }

    private static TypedGuard<VerifyResponse> retry(int times) {
        return TypedGuard.create(VerifyResponse.class)
                .withDescription("retries of verifiers: " + times)
                .withRetry()
                .maxRetries(times)
                .delay(RETRY_PAUSE_MILLIS, ChronoUnit.MILLIS)
                .jitter(RETRY_PAUSE_MILLIS / 2, ChronoUnit.MILLIS)
                .maxDuration(0, ChronoUnit.MILLIS) // the deadline of each call bounds it
                .whenException(ServedVerifiers::passes)
                .done()
                .build();
    }

    private static Failure failed(Failure.Kind kind, TermKind.Service term, String reason, @Nullable Throwable cause) {
        return new Failure(kind, "the verifier at " + term.address() + ": " + reason, cause, List.of());
    }

    private static boolean passes(Throwable thrown) {
        return thrown instanceof StatusRuntimeException failed
                && PASSING.contains(failed.getStatus().getCode());
    }

    private static VerifyRequest request(Task task, List<Completion> completions) {
        VerifyRequest.Builder request = VerifyRequest.newBuilder()
                .setRun(task.run())
                .setStep(task.step())
                .setProblemId(task.problemId())
                .setQuestion(task.question())
                .setAnswer(task.answer());
        for (Completion completion : completions) {
            request.addCompletions(
                    VerifyCompletion.newBuilder().setText(completion.text()).setTokens(completion.tokens()));
        }
        return request.build();
    }

    private static List<TermScore> scores(TermKind.Service term, VerifyResponse response) {
        List<TermScore> scores = new ArrayList<>();
        for (VerifierJudgement judgement : response.getJudgementsList()) {
            if (!Double.isFinite(judgement.getReward())) {
                throw failed(Failure.Kind.OUTSIDE, term, "a reward is " + judgement.getReward(), null);
            }
            String detail = judgement.getDetail();
            String kept = detail.substring(0, Math.min(detail.length(), MAX_DETAIL));
            scores.add(new TermScore(judgement.getReward(), verdict(judgement), kept));
        }
        return scores;
    }

    private static Optional<Verdict> verdict(VerifierJudgement judgement) {
        if (!judgement.hasCorrect()) return Optional.empty();
        return Optional.of(judgement.getCorrect() ? new Verdict.Correct("") : new Verdict.Incorrect(""));
    }

    @PreDestroy
    void close() {
        servers.values().forEach(server -> server.channel().shutdownNow());
    }
}
