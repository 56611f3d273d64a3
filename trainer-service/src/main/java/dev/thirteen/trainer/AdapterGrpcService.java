package dev.thirteen.trainer;

import com.google.protobuf.ByteString;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.ExportAdapterRequest;
import dev.thirteen.proto.policy.v1.ExportAdapterResponse;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.GetAdapterResponse;
import dev.thirteen.proto.policy.v1.ListAdaptersRequest;
import dev.thirteen.proto.policy.v1.ListAdaptersResponse;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.WatchAdaptersRequest;
import dev.thirteen.proto.policy.v1.WatchAdaptersResponse;
import dev.thirteen.proto.training.v1.RunState;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Adapters by name over gRPC. */
@GrpcService
class AdapterGrpcService extends AdapterServiceGrpc.AdapterServiceImplBase {
    private static final Duration LOOK = Duration.ofMillis(500);

    private final TrainerLoop loop;
    private final RunIndex index;
    private final Models models;
    private final TrainerMeters meters;

    AdapterGrpcService(TrainerLoop loop, RunIndex index, Models models, TrainerMeters meters) {
        this.loop = loop;
        this.index = index;
        this.models = models;
        this.meters = meters;
    }

    @Override
    public void getAdapter(GetAdapterRequest request, StreamObserver<GetAdapterResponse> answer) {
        loop.requireReady();
        NamedAdapter adapter =
                named(request.getRun(), request.hasStep() ? OptionalLong.of(request.getStep()) : OptionalLong.empty());
        answer.onNext(GetAdapterResponse.newBuilder().setAdapter(adapter).build());
        answer.onCompleted();
    }

    @Override
    public void listAdapters(ListAdaptersRequest request, StreamObserver<ListAdaptersResponse> answer) {
        loop.requireReady();
        List<NamedAdapter> adapters = request.getRun().isEmpty()
                ? index.states().stream()
                        .filter(NamedAdapters::has)
                        .map(NamedAdapters::latest)
                        .toList()
                : index.steps(request.getRun(), 0).stream()
                        .map(NamedAdapters::of)
                        .toList();
        answer.onNext(ListAdaptersResponse.newBuilder().addAllAdapters(adapters).build());
        answer.onCompleted();
    }

    /** The latest of every run, then each new one; a slow client meets all of them, later. */
    @Override
    public void watchAdapters(WatchAdaptersRequest request, StreamObserver<WatchAdaptersResponse> answer) {
        loop.requireReady();
        if (!request.getRun().isEmpty()) index.state(request.getRun());
        try (TrainerMeters.Watcher _ = meters.watcher()) {
            follow(request.getRun(), new ClientStream<>(answer));
        }
    }

    private void follow(String named, ClientStream<WatchAdaptersResponse> client) {
        Map<String, Long> sent = new HashMap<>();
        while (!client.gone()) {
            // Ends the stream with UNAVAILABLE when the service goes down, so that followers come again.
            loop.requireReady();
            long version = index.version();
            for (RunState state : index.states()) {
                String run = state.getSpec().getName();
                boolean asked = named.isEmpty() || named.equals(run);
                if (asked && NamedAdapters.has(state)) sendNew(client, state, sent);
            }
            if (!Calls.awaitChange(index, version, LOOK)) break;
        }
        client.complete();
    }

    @Override
    public void exportAdapter(ExportAdapterRequest request, StreamObserver<ExportAdapterResponse> answer) {
        loop.requireReady();
        NamedAdapter adapter =
                named(request.getRun(), request.hasStep() ? OptionalLong.of(request.getStep()) : OptionalLong.empty());
        ClientStream<ExportAdapterResponse> client = new ClientStream<>(answer);
        models.export(adapter.getBaseModel(), adapter.getAdapter()).forEach((path, content) -> {
            for (int from = 0; from < Math.max(1, content.length); from += Blobs.PIECE_BYTES) {
                int length = Math.min(Blobs.PIECE_BYTES, content.length - from);
                client.send(ExportAdapterResponse.newBuilder()
                        .setPath(path)
                        .setContent(ByteString.copyFrom(content, from, length))
                        .build());
            }
        });
        client.complete();
    }

    private void sendNew(ClientStream<WatchAdaptersResponse> client, RunState state, Map<String, Long> sent) {
        String run = state.getSpec().getName();
        Long last = sent.put(run, state.getStep());
        if (last == null) {
            client.send(WatchAdaptersResponse.newBuilder()
                    .setAdapter(NamedAdapters.latest(state))
                    .build());
            return;
        }
        for (long step = last + 1; step <= state.getStep(); step++) {
            index.step(run, step)
                    .map(NamedAdapters::of)
                    .ifPresent(adapter -> client.send(WatchAdaptersResponse.newBuilder()
                            .setAdapter(adapter)
                            .build()));
        }
    }

    private NamedAdapter named(String run, OptionalLong step) {
        RunState state = index.state(run);
        if (!NamedAdapters.has(state)) {
            throw new Failure(Failure.Kind.NOT_FOUND, "run '" + run + "' has no adapter yet: it is being prepared");
        }
        if (step.isEmpty() || step.getAsLong() == state.getStep()) return NamedAdapters.latest(state);
        if (step.getAsLong() == 0) return NamedAdapters.zeros(state);
        return index.step(run, step.getAsLong())
                .map(NamedAdapters::of)
                .orElseThrow(() -> new Failure(
                                Failure.Kind.NOT_FOUND,
                                "run '%s' has steps 0 to %d, not %d".formatted(run, state.getStep(), step.getAsLong()))
                        .because(Failure.Reason.STEP_UNKNOWN));
    }
}
