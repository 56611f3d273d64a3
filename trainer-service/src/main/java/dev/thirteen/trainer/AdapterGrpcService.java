package dev.thirteen.trainer;

import dev.thirteen.kit.Caller;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.ExportAdapterRequest;
import dev.thirteen.proto.policy.v1.ExportAdapterResponse;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.GetAdapterResponse;
import dev.thirteen.proto.policy.v1.ImportAdapterRequest;
import dev.thirteen.proto.policy.v1.ImportAdapterResponse;
import dev.thirteen.proto.policy.v1.ListAdaptersRequest;
import dev.thirteen.proto.policy.v1.ListAdaptersResponse;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.WatchAdaptersRequest;
import dev.thirteen.proto.policy.v1.WatchAdaptersResponse;
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
    private final AdapterNames names;
    private final AdapterImports imports;
    private final Exports exports;
    private final TrainerMeters meters;

    AdapterGrpcService(
            TrainerLoop loop,
            RunIndex index,
            AdapterNames names,
            AdapterImports imports,
            Exports exports,
            TrainerMeters meters) {
        this.loop = loop;
        this.index = index;
        this.names = names;
        this.imports = imports;
        this.exports = exports;
        this.meters = meters;
    }

    @Override
    public void getAdapter(GetAdapterRequest request, StreamObserver<GetAdapterResponse> answer) {
        loop.awaitReady();
        NamedAdapter adapter = names.get(
                Caller.current(),
                request.getRun(),
                request.hasStep() ? OptionalLong.of(request.getStep()) : OptionalLong.empty());
        answer.onNext(GetAdapterResponse.newBuilder().setAdapter(adapter).build());
        answer.onCompleted();
    }

    @Override
    public void listAdapters(ListAdaptersRequest request, StreamObserver<ListAdaptersResponse> answer) {
        loop.awaitReady();
        List<NamedAdapter> adapters = names.list(Caller.current(), request.getRun());
        answer.onNext(ListAdaptersResponse.newBuilder().addAllAdapters(adapters).build());
        answer.onCompleted();
    }

    /** The latest of every run and imported adapter, then each new one; a slow client meets all of them, later. */
    @Override
    public void watchAdapters(WatchAdaptersRequest request, StreamObserver<WatchAdaptersResponse> answer) {
        loop.awaitReady();
        if (!request.getRun().isEmpty()) names.require(Caller.current(), request.getRun());
        try (TrainerMeters.Watcher _ = meters.watcher()) {
            follow(request.getRun(), new ClientStream<>(answer));
        }
    }

    private void follow(String named, ClientStream<WatchAdaptersResponse> client) {
        Caller caller = Caller.current();
        Map<String, Long> sent = new HashMap<>();
        long seen = 0;
        while (!client.gone()) {
            // Ends the stream with UNAVAILABLE when the service goes down, so that followers come again.
            loop.requireReady();
            // Of what changed alone: with many runs, looking at all of them at each commit is most of a follower's
            // price.
            RunIndex.Changes changes = index.changesAfter(seen);
            for (String name : changes.names()) {
                if (!caller.sees(name) || !named.isEmpty() && !named.equals(name)) continue;
                names.latest(name).ifPresent(latest -> sendNew(client, latest, sent));
            }
            seen = changes.version();
            if (!Calls.awaitChange(index, seen, LOOK)) break;
        }
        client.complete();
    }

    @Override
    public void exportAdapter(ExportAdapterRequest request, StreamObserver<ExportAdapterResponse> answer) {
        loop.awaitReady();
        NamedAdapter adapter = names.get(
                Caller.current(),
                request.getRun(),
                request.hasStep() ? OptionalLong.of(request.getStep()) : OptionalLong.empty());
        ClientStream<ExportAdapterResponse> client = new ClientStream<>(answer);
        exports.send(adapter, request.getFormat(), client);
        client.complete();
    }

    @Override
    public void importAdapter(ImportAdapterRequest request, StreamObserver<ImportAdapterResponse> answer) {
        loop.awaitReady();
        NamedAdapter adapter = imports.take(Caller.current(), request);
        answer.onNext(ImportAdapterResponse.newBuilder().setAdapter(adapter).build());
        answer.onCompleted();
    }

    private void sendNew(ClientStream<WatchAdaptersResponse> client, NamedAdapter latest, Map<String, Long> sent) {
        String run = latest.getPolicyVersion().getRun();
        Long last = sent.put(run, latest.getPolicyVersion().getStep());
        if (last == null) {
            send(client, latest);
            return;
        }
        for (long step = last + 1; step <= latest.getPolicyVersion().getStep(); step++) {
            names.committed(run, step).ifPresent(adapter -> send(client, adapter));
        }
    }

    private static void send(ClientStream<WatchAdaptersResponse> client, NamedAdapter adapter) {
        client.send(WatchAdaptersResponse.newBuilder().setAdapter(adapter).build());
    }
}
