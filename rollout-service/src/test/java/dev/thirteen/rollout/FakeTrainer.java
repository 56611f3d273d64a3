package dev.thirteen.rollout;

import com.google.protobuf.ByteString;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.GetAdapterResponse;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.WatchAdaptersRequest;
import dev.thirteen.proto.policy.v1.WatchAdaptersResponse;
import dev.thirteen.proto.training.v1.GetBlobRequest;
import dev.thirteen.proto.training.v1.GetBlobResponse;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What rollout-service needs of a trainer: blobs by digest, and adapters by name with a stream of new ones. */
final class FakeTrainer implements AutoCloseable {
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final List<NamedAdapter> adapters = new CopyOnWriteArrayList<>();
    private final List<StreamObserver<WatchAdaptersResponse>> watchers = new CopyOnWriteArrayList<>();
    private final Server server;

    FakeTrainer(int port) throws IOException {
        server = ServerBuilder.forPort(port)
                .addService(new Blobs())
                .addService(new Adapters())
                .build()
                .start();
    }

    void keep(String digest, byte[] blob) {
        blobs.put(digest, blob);
    }

    void commit(NamedAdapter adapter) {
        // A stream takes one message at a time, and who begins to watch is told what there is.
        synchronized (watchers) {
            adapters.add(adapter);
            for (StreamObserver<WatchAdaptersResponse> watcher : watchers) {
                watcher.onNext(
                        WatchAdaptersResponse.newBuilder().setAdapter(adapter).build());
            }
        }
    }

    /** Its port is free afterwards: the next test's trainer has the same. */
    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Blobs extends TrainingServiceGrpc.TrainingServiceImplBase {
        @Override
        public void getBlob(GetBlobRequest request, StreamObserver<GetBlobResponse> answer) {
            byte[] blob = blobs.get(request.getDigest());
            if (blob == null) {
                answer.onError(Status.NOT_FOUND
                        .withDescription("no blob " + request.getDigest())
                        .asRuntimeException());
                return;
            }
            int middle = blob.length / 2;
            answer.onNext(piece(blob, 0, middle));
            answer.onNext(piece(blob, middle, blob.length));
            answer.onCompleted();
        }

        private static GetBlobResponse piece(byte[] blob, int from, int to) {
            return GetBlobResponse.newBuilder()
                    .setContent(ByteString.copyFrom(blob, from, to - from))
                    .build();
        }
    }

    private final class Adapters extends AdapterServiceGrpc.AdapterServiceImplBase {
        @Override
        public void getAdapter(GetAdapterRequest request, StreamObserver<GetAdapterResponse> answer) {
            NamedAdapter found = null;
            for (NamedAdapter adapter : adapters) {
                boolean run = adapter.getPolicyVersion().getRun().equals(request.getRun());
                boolean step = !request.hasStep() || adapter.getPolicyVersion().getStep() == request.getStep();
                if (run && step) found = adapter;
            }
            if (found == null) {
                answer.onError(Status.NOT_FOUND
                        .withDescription("there is no run " + request.getRun())
                        .asRuntimeException());
                return;
            }
            answer.onNext(GetAdapterResponse.newBuilder().setAdapter(found).build());
            answer.onCompleted();
        }

        @Override
        public void watchAdapters(WatchAdaptersRequest request, StreamObserver<WatchAdaptersResponse> answer) {
            // Who has gone is told nothing; without this a message to it would be refused.
            ((ServerCallStreamObserver<WatchAdaptersResponse>) answer)
                    .setOnCancelHandler(() -> watchers.remove(answer));
            synchronized (watchers) {
                watchers.add(answer);
                for (NamedAdapter adapter : adapters) {
                    answer.onNext(WatchAdaptersResponse.newBuilder()
                            .setAdapter(adapter)
                            .build());
                }
            }
        }
    }
}
