package dev.thirteen.cli;

import java.nio.file.Path;
import java.util.Map;

/**
 * A data set as PutBlob takes it: JSON Lines with id, question and answer, whatever the source called them.
 *
 * @param source the file it was read from, the first of them
 * @param digest "sha256:" and 64 hex digits of content
 * @param content the bytes; not copied, not to be changed
 * @param placeOfId where each problem stands: {@code FILE:LINE}, by its id
 */
public record DataSetBlob(Path source, String digest, byte[] content, Map<String, String> placeOfId) {
    /** Number of problems. */
    public int problems() {
        return placeOfId.size();
    }
}
