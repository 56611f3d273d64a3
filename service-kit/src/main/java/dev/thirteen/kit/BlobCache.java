package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.GetBlobRequest;
import dev.thirteen.proto.training.v1.GetBlobResponse;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Files by digest on the local disk. What is read is verified; what is damaged is fetched again. Shared by threads. */
public final class BlobCache {
    private static final long FETCH_DEADLINE_SECONDS = 60;

    /** Gives the bytes of a digest from elsewhere; throws {@link Failure} NOT_FOUND or OUTSIDE. */
    @FunctionalInterface
    public interface Source {
        byte[] fetch(String digest);
    }

    private final Path folder;

    /** A cache in a folder, which is made when missing. */
    public BlobCache(Path folder) {
        this.folder = folder;
    }

    /** The source that asks trainer-service by {@code TrainingService.GetBlob}. */
    public static Source trainer(Channel channel) {
        return digest -> fetch(channel, digest);
    }

    /**
     * The bytes of a digest, from disk or else from the source.
     *
     * @throws Failure as the source does; OUTSIDE when the source's bytes have another digest, or the disk fails
     */
    public byte[] get(String digest, Source source) {
        Digests.require("digest", digest);
        synchronized (this) {
            Optional<byte[]> kept = read(digest);
            if (kept.isPresent()) return kept.get();
            byte[] fetched = source.fetch(digest);
            String got = Digests.sha256(fetched);
            if (!got.equals(digest)) {
                throw new Failure(Failure.Kind.OUTSIDE, "asked for blob " + digest + ", got bytes with digest " + got);
            }
            put(digest, fetched);
            return fetched;
        }
    }

    private Optional<byte[]> read(String digest) {
        try {
            Path file = file(digest);
            if (!Files.exists(file)) return Optional.empty();
            byte[] content = Files.readAllBytes(file);
            return Digests.sha256(content).equals(digest) ? Optional.of(content) : Optional.empty();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void put(String digest, byte[] content) {
        try {
            Files.createDirectories(folder);
            // Another process may share the folder: only whole files get their name.
            Path part = Files.createTempFile(folder, "part-", ".tmp");
            Files.write(part, content);
            Files.move(part, file(digest), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Path file(String digest) {
        return folder.resolve(digest.replace(':', '-'));
    }

    private Failure failed(IOException e) {
        return new Failure(Failure.Kind.OUTSIDE, "the cache folder " + folder + " fails: " + e.getMessage(), e);
    }

    private static byte[] fetch(Channel channel, String digest) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try {
            Iterator<GetBlobResponse> pieces = TrainingServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(FETCH_DEADLINE_SECONDS, TimeUnit.SECONDS)
                    .getBlob(GetBlobRequest.newBuilder().setDigest(digest).build());
            while (pieces.hasNext()) {
                content.writeBytes(pieces.next().getContent().toByteArray());
            }
        } catch (StatusRuntimeException e) {
            throw FailureStatus.toFailure("GetBlob " + digest + " of trainer-service", e);
        }
        return content.toByteArray();
    }
}
