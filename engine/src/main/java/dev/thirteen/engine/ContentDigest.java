package dev.thirteen.engine;

import dev.thirteen.core.digest.Digests;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;

/**
 * What names a content that is nowhere in memory as a whole.
 *
 * @param digest "sha256:" and 64 hex digits
 * @param bytes its length
 */
record ContentDigest(String digest, long bytes) {
    static ContentDigest of(Basis.Content content) {
        Counter counter = new Counter();
        try (DigestOutputStream out = new DigestOutputStream(counter, Digests.start())) {
            content.to(out);
            return new ContentDigest(Digests.text(out.getMessageDigest()), counter.count);
        } catch (IOException e) {
            throw new UncheckedIOException("nothing is written anywhere", e);
        }
    }

    /** Of a content that is in memory. */
    static ContentDigest of(byte[] content) {
        return new ContentDigest(Digests.sha256(content), content.length);
    }

    private static final class Counter extends OutputStream {
        private long count;

        @Override
        public void write(int one) {
            count++;
        }

        @Override
        public void write(byte[] some, int from, int length) {
            count += length;
        }
    }
}
