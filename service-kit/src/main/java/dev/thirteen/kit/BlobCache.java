package dev.thirteen.kit;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.GetBlobRequest;
import dev.thirteen.proto.training.v1.GetBlobResponse;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Files by digest on the local disk. What is read is verified; what is damaged is fetched again. Shared by threads. */
public final class BlobCache {
    private static final long FETCH_DEADLINE_SECONDS = 60;

    /** Writes the bytes of a digest from elsewhere; throws {@link Failure} NOT_FOUND or OUTSIDE. */
    @FunctionalInterface
    public interface Source {
        void fetch(String digest, OutputStream to) throws IOException;
    }

    private final Path folder;

    /** A cache in a folder, which is made when missing. */
    public BlobCache(Path folder) {
        this.folder = folder;
    }

    /** The source that asks trainer-service by {@code TrainingService.GetBlob}. */
    public static Source trainer(Channel channel) {
        return (digest, to) -> fetch(channel, digest, to);
    }

    /**
     * The bytes of a digest, from disk or else from the source.
     *
     * @throws Failure as the source does; OUTSIDE when the source's bytes have another digest, or the disk fails
     */
    public byte[] get(String digest, Source source) {
        Digests.require("digest", digest);
        try {
            synchronized (this) {
                Optional<byte[]> kept = read(digest);
                if (kept.isPresent()) return kept.get();
                fetch(digest, source);
                return read(digest).orElseThrow(() -> new IOException("what was just written is damaged"));
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "the cache folder " + folder + " fails: " + e.getMessage(), e);
        }
    }

    private Optional<byte[]> read(String digest) throws IOException {
        Path file = file(digest);
        if (!Files.exists(file)) return Optional.empty();
        byte[] content = Files.readAllBytes(file);
        return Digests.sha256(content).equals(digest) ? Optional.of(content) : Optional.empty();
    }

    /** On its way a blob is in no memory: it may be large. */
    private void fetch(String digest, Source source) throws IOException {
        Files.createDirectories(folder);
        // Another process may share the folder: only whole files get their name.
        Path part = Files.createTempFile(folder, "part-", ".tmp");
        try {
            MessageDigest running = Digests.start();
            try (OutputStream to = new DigestOutputStream(Files.newOutputStream(part), running)) {
                source.fetch(digest, to);
            }
            String got = Digests.text(running);
            if (!got.equals(digest)) {
                throw new Failure(Failure.Kind.OUTSIDE, "asked for blob " + digest + ", got bytes with digest " + got);
            }
            Files.move(part, file(digest), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private Path file(String digest) {
        return folder.resolve(digest.replace(':', '-'));
    }

    private static void fetch(Channel channel, String digest, OutputStream to) throws IOException {
        try {
            Iterator<GetBlobResponse> pieces = TrainingServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(FETCH_DEADLINE_SECONDS, TimeUnit.SECONDS)
                    .getBlob(GetBlobRequest.newBuilder().setDigest(digest).build());
            while (pieces.hasNext()) pieces.next().getContent().writeTo(to);
        } catch (StatusRuntimeException e) {
            throw FailureStatus.toFailure("GetBlob " + digest + " of trainer-service", e);
        }
    }
}
