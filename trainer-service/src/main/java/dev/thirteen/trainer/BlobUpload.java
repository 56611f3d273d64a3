package dev.thirteen.trainer;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.proto.training.v1.PutBlobRequest;
import dev.thirteen.proto.training.v1.PutBlobResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.jboss.logging.Logger;

/** One file on its way in: written aside, kept only when it is whole and has the digest it was announced with. */
final class BlobUpload implements StreamObserver<PutBlobRequest> {
    private static final Logger LOG = Logger.getLogger(BlobUpload.class);

    private final Blobs blobs;
    private final long maxBytes;
    private final StreamObserver<PutBlobResponse> answer;
    private final MessageDigest running = Digests.start();
    private final Path part;
    private final OutputStream out;
    private String announced = "";
    private long size;
    private boolean over;

    BlobUpload(Blobs blobs, long maxBytes, StreamObserver<PutBlobResponse> answer) throws IOException {
        this.blobs = blobs;
        this.maxBytes = maxBytes;
        this.answer = answer;
        this.part = blobs.newPart();
        this.out = Files.newOutputStream(part);
    }

    @Override
    public void onNext(PutBlobRequest piece) {
        if (over) return;
        try {
            if (announced.isEmpty()) announced = Digests.require("digest", piece.getDigest());
            size += piece.getContent().size();
            if (size > maxBytes) {
                throw new Failure(
                        Failure.Kind.CALLER,
                        "the file is larger than " + maxBytes + " bytes (thirteen.trainer.max-blob-bytes)");
            }
            running.update(piece.getContent().asReadOnlyByteBuffer());
            piece.getContent().writeTo(out);
        } catch (Failure | IOException e) {
            refuse(e);
        }
    }

    @Override
    public void onCompleted() {
        if (over) return;
        try {
            out.close();
            String digest = Digests.text(running);
            if (!digest.equals(announced)) {
                throw new Failure(
                        Failure.Kind.CALLER, "digest: announced \"" + announced + "\", the bytes have " + digest);
            }
            blobs.keep(digest, part);
            over = true;
            answer.onNext(PutBlobResponse.newBuilder()
                    .setDigest(digest)
                    .setSizeBytes(size)
                    .build());
            answer.onCompleted();
        } catch (Failure | IOException e) {
            refuse(e);
        }
    }

    /** The client has gone. */
    @Override
    public void onError(Throwable thrown) {
        discard();
    }

    private void refuse(Exception e) {
        discard();
        answer.onError(FailureStatus.of(e));
    }

    private void discard() {
        over = true;
        try {
            out.close();
            Files.deleteIfExists(part);
        } catch (IOException e) {
            LOG.warnf("the unfinished file %s stays: %s", part, e.getMessage());
        }
    }
}
