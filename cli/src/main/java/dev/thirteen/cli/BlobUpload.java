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
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Streams a file to trainer-service, no faster than the server takes it. */
final class BlobUpload {
    private static final int PIECE_BYTES = 512 * 1024;
    private static final long DEADLINE_MINUTES = 30;

    private BlobUpload() {}

    /**
     * Uploads a file and waits until the server has kept it.
     *
     * @param content not empty, not to be changed
     * @param sent is told how many bytes have been handed over
     * @throws StatusRuntimeException as the server or the transport says
     */
    static void put(Channel trainer, String digest, ByteBuffer content, LongConsumer sent) {
        Pieces pieces = new Pieces(digest, content, sent);
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
        private final String digest;
        private final ByteBuffer content;
        private final LongConsumer sent;
        private int offset;
        private @Nullable PutBlobResponse answer;

        Pieces(String digest, ByteBuffer content, LongConsumer sent) {
            this.digest = digest;
            this.content = content;
            this.sent = sent;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<PutBlobRequest> requests) {
            requests.setOnReadyHandler(() -> sendWhileReady(requests));
        }

        private void sendWhileReady(ClientCallStreamObserver<PutBlobRequest> requests) {
            int end = content.limit();
            while (requests.isReady() && offset < end) {
                int length = Math.min(PIECE_BYTES, end - offset);
                ByteString piece = UnsafeByteOperations.unsafeWrap(content.slice(offset, length));
                PutBlobRequest.Builder request = PutBlobRequest.newBuilder().setContent(piece);
                if (offset == 0) request.setDigest(digest);
                requests.onNext(request.build());
                offset += length;
                sent.accept(offset);
                if (offset == end) requests.onCompleted();
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
