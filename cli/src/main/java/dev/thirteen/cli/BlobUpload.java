package dev.thirteen.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.thirteen.proto.training.v1.PutBlobRequest;
import dev.thirteen.proto.training.v1.PutBlobResponse;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Streams a problem file to trainer-service, no faster than the server takes it. */
public final class BlobUpload {
    private static final int PIECE_BYTES = 512 * 1024;
    private static final long DEADLINE_MINUTES = 30;

    private BlobUpload() {}

    /**
     * Uploads a file and waits until the server has kept it.
     *
     * @param sent is told how many bytes have been handed over
     * @throws StatusRuntimeException as the server or the transport says
     */
    public static void put(Channel trainer, DataSetBlob blob, LongConsumer sent) {
        Pieces pieces = new Pieces(blob, sent);
        TrainingServiceGrpc.newStub(trainer)
                .withDeadlineAfter(DEADLINE_MINUTES, TimeUnit.MINUTES)
                .putBlob(pieces);
        try {
            pieces.kept.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof StatusRuntimeException status) throw status;
            throw e;
        }
    }

    private static final class Pieces implements ClientResponseObserver<PutBlobRequest, PutBlobResponse> {
        private final CompletableFuture<PutBlobResponse> kept = new CompletableFuture<>();
        private final DataSetBlob blob;
        private final LongConsumer sent;
        private int offset;
        private @Nullable PutBlobResponse answer;

        Pieces(DataSetBlob blob, LongConsumer sent) {
            this.blob = blob;
            this.sent = sent;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<PutBlobRequest> requests) {
            requests.setOnReadyHandler(() -> sendWhileReady(requests));
        }

        private void sendWhileReady(ClientCallStreamObserver<PutBlobRequest> requests) {
            byte[] content = blob.content();
            while (requests.isReady() && offset < content.length) {
                int length = Math.min(PIECE_BYTES, content.length - offset);
                ByteString piece = UnsafeByteOperations.unsafeWrap(content, offset, length);
                PutBlobRequest.Builder request = PutBlobRequest.newBuilder().setContent(piece);
                if (offset == 0) request.setDigest(blob.digest());
                requests.onNext(request.build());
                offset += length;
                sent.accept(offset);
                if (offset == content.length) requests.onCompleted();
            }
        }

        @Override
        public void onNext(PutBlobResponse response) {
            answer = response;
        }

        @Override
        public void onError(Throwable failed) {
            kept.completeExceptionally(failed);
        }

        @Override
        public void onCompleted() {
            kept.complete(answer);
        }
    }
}
