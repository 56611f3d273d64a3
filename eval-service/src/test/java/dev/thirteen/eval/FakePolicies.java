package dev.thirteen.eval;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerateResponse;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.GetAdapterResponse;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.reward.v1.RewardServiceGrpc;
import dev.thirteen.proto.reward.v1.ScoreRequest;
import dev.thirteen.proto.reward.v1.ScoreResponse;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import dev.thirteen.proto.training.v1.GetBlobRequest;
import dev.thirteen.proto.training.v1.GetBlobResponse;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.GetRunResponse;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Stands in for trainer-service, rollout-service and reward-service on a real socket. Problem i is "q i" with the answer i; the base is
 * right where i is a multiple of 2, adapter run@7 also where i is 1 more than a multiple of 4.
 */
final class FakePolicies implements AutoCloseable {
    static final int PROBLEMS = 64;
    private static final byte[] FILE = IntStream.range(0, PROBLEMS)
            .mapToObj("{\"id\":\"p%1$d\",\"question\":\"q %1$d\",\"answer\":\"%1$d\"}\n"::formatted)
            .collect(Collectors.joining())
            .getBytes(StandardCharsets.UTF_8);

    /** More tokens of an answer than this do not fit. */
    static final int LONGEST = 1_000;

    /** Digest of the problem file. */
    static final String DIGEST = Digests.sha256(FILE);

    /** Requests that were answered with a completion. */
    final Queue<GenerateRequest> answered = new ConcurrentLinkedQueue<>();

    private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger gate = new AtomicInteger();
    private volatile boolean noPrograms;
    private volatile long step;
    private volatile boolean ended;
    private final Server server;

    FakePolicies() {
        try {
            server = ServerBuilder.forPort(0)
                    .addService(new Generation())
                    .addService(new Adapters())
                    .addService(new Blobs())
                    .addService(new Rewards())
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String endpoint() {
        return "127.0.0.1:" + server.getPort();
    }

    /** Refuses the next requests, half for want of room, half as a service that is away. */
    void refuse(int requests) {
        refusals.set(requests);
    }

    /** Holds every answer back until so many requests are in flight at once. */
    void holdUntil(int requests) {
        gate.set(requests);
    }

    /** Whether programs are refused, as where there is no sandbox. */
    void refusePrograms(boolean refuse) {
        noPrograms = refuse;
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    /** Committed steps of the run "followed", and whether it has ended. */
    void step(long step, boolean ended) {
        this.step = step;
        this.ended = ended;
    }

    private final class Generation extends GenerationServiceGrpc.GenerationServiceImplBase {
        @Override
        public void generate(GenerateRequest request, StreamObserver<GenerateResponse> answer) {
            if (request.getPolicy().getName().equals("broken@1")) {
                answer.onError(io.grpc.Status.FAILED_PRECONDITION
                        .withDescription("the basis digest differs")
                        .asRuntimeException());
                return;
            }
            int refused = refusals.getAndUpdate(left -> Math.max(0, left - 1));
            if (refused > 0) {
                answer.onError((refused % 2 == 0 ? io.grpc.Status.RESOURCE_EXHAUSTED : io.grpc.Status.UNAVAILABLE)
                        .asRuntimeException());
                return;
            }
            held.add(() -> reply(request, answer));
            if (held.size() >= gate.get()) {
                gate.set(0);
                for (Runnable reply = held.poll(); reply != null; reply = held.poll()) reply.run();
            }
        }

        private void reply(GenerateRequest request, StreamObserver<GenerateResponse> answer) {
            answered.add(request);
            GenerateResponse.Builder response = GenerateResponse.newBuilder();
            for (int i = 0; i < Math.max(1, request.getSamples()); i++) {
                response.addCompletions(
                        Completion.newBuilder().setText(text(request, i)).addTokenIds(1));
            }
            answer.onNext(response.setProvenance(Provenance.newBuilder()
                            .setBaseDigest("base-digest")
                            .setAdapterDigest(request.getPolicy().getName()))
                    .build());
            answer.onCompleted();
        }

        /** The first question begins as if it could be answered. */
        @Override
        public void streamGenerate(StreamGenerateRequest request, StreamObserver<StreamGenerateResponse> answer) {
            if (request.getRequest().getSampling().getMaxTokens() > LONGEST) {
                Status status = Status.newBuilder()
                        .setCode(Code.INVALID_ARGUMENT_VALUE)
                        .setMessage("the prompt has 9 tokens: at most 7 fit")
                        .addDetails(Any.pack(ErrorInfo.newBuilder()
                                .setReason("PROMPT_TOO_LONG")
                                .build()))
                        .build();
                answer.onError(StatusProto.toStatusRuntimeException(status));
                return;
            }
            answer.onNext(StreamGenerateResponse.newBuilder().setText("so").build());
            answer.onCompleted();
        }

        /** The answer with an odd number is wrong, so that half of those of a problem are. */
        private String text(GenerateRequest request, int sample) {
            String prompt = request.getPrompt().getText();
            if (prompt.startsWith("silent")) return "no answer";
            if (prompt.equals("q")) return "7 and more";
            if (prompt.startsWith("What is")) return "so #0";
            if (sample % 2 == 1) return "so #-2";
            int problem = Integer.parseInt(prompt.substring(prompt.lastIndexOf(' ') + 1));
            boolean adapted = !request.getPolicy().getName().isEmpty();
            boolean right = problem % 2 == 0 || adapted && problem % 4 == 1;
            return "so #" + (right ? problem : -1);
        }
    }

    private static final class Adapters extends AdapterServiceGrpc.AdapterServiceImplBase {
        @Override
        public void getAdapter(GetAdapterRequest request, StreamObserver<GetAdapterResponse> answer) {
            if (!List.of("run", "broken", "followed").contains(request.getRun())) {
                answer.onError(io.grpc.Status.NOT_FOUND
                        .withDescription("there is no run '" + request.getRun() + "'")
                        .asRuntimeException());
                return;
            }
            NamedAdapter adapter = NamedAdapter.newBuilder()
                    .setPolicyVersion(PolicyVersion.newBuilder()
                            .setRun(request.getRun())
                            .setStep(request.hasStep() ? request.getStep() : 7))
                    .setBaseModel(BaseModel.newBuilder().setFolder("tiny"))
                    .build();
            answer.onNext(GetAdapterResponse.newBuilder().setAdapter(adapter).build());
            answer.onCompleted();
        }
    }

    private final class Blobs extends TrainingServiceGrpc.TrainingServiceImplBase {
        @Override
        public void getRun(GetRunRequest request, StreamObserver<GetRunResponse> answer) {
            RunState.Builder state = RunState.newBuilder()
                    .setSpec(RunSpec.newBuilder()
                            .setSteps(20)
                            .setBaseModel(BaseModel.newBuilder().setFolder("tiny")))
                    .setStep(step)
                    .setPhase(ended ? RunPhase.RUN_PHASE_FINISHED : RunPhase.RUN_PHASE_RUNNING);
            answer.onNext(GetRunResponse.newBuilder()
                    .setRun(Run.newBuilder().setState(state))
                    .build());
            answer.onCompleted();
        }

        @Override
        public void getBlob(GetBlobRequest request, StreamObserver<GetBlobResponse> answer) {
            if (!request.getDigest().equals(DIGEST)) {
                answer.onError(
                        io.grpc.Status.NOT_FOUND.withDescription("no such blob").asRuntimeException());
                return;
            }
            answer.onNext(GetBlobResponse.newBuilder()
                    .setContent(ByteString.copyFrom(FILE))
                    .build());
            answer.onCompleted();
        }
    }

    /** A program passes when it ends with "#" and what its tests say; every third call fails once. */
    private final class Rewards extends RewardServiceGrpc.RewardServiceImplBase {
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        public void score(ScoreRequest request, StreamObserver<ScoreResponse> answer) {
            if (noPrograms) {
                answer.onError(io.grpc.Status.INVALID_ARGUMENT
                        .withDescription("rewards of type code are not run here: there is no Python")
                        .asRuntimeException());
                return;
            }
            String text = request.getCompletions(0);
            boolean trial = text.startsWith("```");
            if (!trial && calls.incrementAndGet() % 3 == 0) {
                answer.onError(io.grpc.Status.UNAVAILABLE.asRuntimeException());
                return;
            }
            String program = request.getTask().getTerms(0).getCode().getProgram();
            boolean right = trial
                    || program.equals("question")
                            && text.endsWith("#" + request.getTask().getAnswer());
            VerdictKind kind = right
                    ? VerdictKind.VERDICT_KIND_CORRECT
                    : program.equals("block")
                            ? VerdictKind.VERDICT_KIND_UNPARSABLE
                            : VerdictKind.VERDICT_KIND_INCORRECT;
            answer.onNext(ScoreResponse.newBuilder()
                    .addVerdicts(Verdict.newBuilder().setKind(kind))
                    .build());
            answer.onCompleted();
        }
    }
}
