package dev.thirteen.cli;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.GetBlobRequest;
import dev.thirteen.proto.training.v1.GetBlobResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Iterator;

/** Fetches what trainer-service keeps by its digest. */
final class BlobDownload {
    private BlobDownload() {}

    /**
     * Writes it into a file, which is there whole or not at all, and replaces what was there.
     *
     * @param digest "sha256:" and 64 hex digits
     * @throws Failure OUTSIDE when the file cannot be written, or what came has another digest
     */
    static void to(Services services, String digest, Path file) {
        Path target = file.toAbsolutePath();
        try {
            Path part = Files.createTempFile(target.getParent(), target.getFileName() + "-", ".part");
            try {
                if (!digest.equals(written(services, digest, part))) {
                    throw new Failure(Failure.Kind.OUTSIDE, "what came for " + digest + " has another digest");
                }
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static String written(Services services, String digest, Path part) throws IOException {
        Iterator<GetBlobResponse> pieces = services.training()
                .getBlob(GetBlobRequest.newBuilder().setDigest(digest).build());
        MessageDigest found = Digests.start();
        try (OutputStream out = new DigestOutputStream(Files.newOutputStream(part), found)) {
            while (pieces.hasNext()) pieces.next().getContent().writeTo(out);
        }
        return Digests.text(found);
    }
}
