package dev.thirteen.eval;

import com.google.protobuf.ByteString;
import dev.thirteen.kit.Digests;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerateResponse;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.GetAdapterResponse;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.training.v1.GetBlobRequest;
import dev.thirteen.proto.training.v1.GetBlobResponse;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
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
 * Stands in for trainer-service and rollout-service on a real socket. Problem i is "q i" with the answer i; the base is
 * right where i is a multiple of 2, adapter run@7 also where i is 1 more than a multiple of 4.
 */
final class FakePolicies implements AutoCloseable {
    static final int PROBLEMS = 64;
    private static final byte[] FILE = IntStream.range(0, PROBLEMS)
            .mapToObj("{\"id\":\"p%1$d\",\"question\":\"q %1$d\",\"answer\":\"%1$d\"}\n"::formatted)
            .collect(Collectors.joining())
            .getBytes(StandardCharsets.UTF_8);

    /** Digest of the problem file. */
    static final String DIGEST = Digests.sha256(FILE);

    /** Requests that were answered with a completion. */
    final Queue<GenerateRequest> answered = new ConcurrentLinkedQueue<>();

    private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger gate = new AtomicInteger();
    private final Server server;

    FakePolicies() {
        try {
            server = ServerBuilder.forPort(0)
                    .addService(new Generation())
                    .addService(new Adapters())
                    .addService(new Blobs())
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

    @Override
    public void close() {
        server.shutdownNow();
    }

    private final class Generation extends GenerationServiceGrpc.GenerationServiceImplBase {
        @Override
        public void generate(GenerateRequest request, StreamObserver<GenerateResponse> answer) {
            if (request.getPolicy().getName().equals("broken@1")) {
                answer.onError(Status.FAILED_PRECONDITION
                        .withDescription("the basis digest differs")
                        .asRuntimeException());
                return;
            }
            int refused = refusals.getAndUpdate(left -> Math.max(0, left - 1));
            if (refused > 0) {
                answer.onError(
                        (refused % 2 == 0 ? Status.RESOURCE_EXHAUSTED : Status.UNAVAILABLE).asRuntimeException());
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
            answer.onNext(GenerateResponse.newBuilder()
                    .addCompletions(
                            Completion.newBuilder().setText(text(request)).addTokenIds(1))
                    .setProvenance(Provenance.newBuilder()
                            .setBaseDigest("base-digest")
                            .setAdapterDigest(request.getPolicy().getName()))
                    .build());
            answer.onCompleted();
        }

        private String text(GenerateRequest request) {
            String prompt = request.getPrompt().getText();
            if (prompt.startsWith("silent")) return "no answer";
            int problem = Integer.parseInt(prompt.substring(prompt.lastIndexOf(' ') + 1));
            boolean adapted = request.getPolicy().getName().equals("run@7");
            boolean right = problem % 2 == 0 || adapted && problem % 4 == 1;
            return "so #" + (right ? problem : -1);
        }
    }

    private static final class Adapters extends AdapterServiceGrpc.AdapterServiceImplBase {
        @Override
        public void getAdapter(GetAdapterRequest request, StreamObserver<GetAdapterResponse> answer) {
            if (!List.of("run", "broken").contains(request.getRun())) {
                answer.onError(Status.NOT_FOUND
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

    private static final class Blobs extends TrainingServiceGrpc.TrainingServiceImplBase {
        @Override
        public void getBlob(GetBlobRequest request, StreamObserver<GetBlobResponse> answer) {
            if (!request.getDigest().equals(DIGEST)) {
                answer.onError(Status.NOT_FOUND.withDescription("no such blob").asRuntimeException());
                return;
            }
            answer.onNext(GetBlobResponse.newBuilder()
                    .setContent(ByteString.copyFrom(FILE))
                    .build());
            answer.onCompleted();
        }
    }
}
