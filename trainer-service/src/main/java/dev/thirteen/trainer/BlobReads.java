package dev.thirteen.trainer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** What a record names by digest. */
@FunctionalInterface
interface BlobReads {
    /** Makes something of a file's bytes. */
    interface Reader<T> {
        /**
         * @param size bytes that there are
         * @throws IOException where they are not what they should be, too
         */
        T read(InputStream in, long size) throws IOException;
    }

    /** The content of a digest, verified. @throws dev.thirteen.core.failure.Failure NOT_FOUND, OUTSIDE when it is damaged */
    byte[] get(String digest);

    /** As {@link #get}, of a file that may be larger than an array. */
    default <T> T read(String digest, Reader<T> reader) {
        byte[] content = get(digest);
        try {
            return reader.read(new ByteArrayInputStream(content), content.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
