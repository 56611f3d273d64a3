package dev.thirteen.cli;

import java.nio.file.Path;

/**
 * A problem file as PutBlob takes it: JSON Lines with id, question and answer, whatever the source called them.
 *
 * @param source the file it was read from
 * @param digest "sha256:" and 64 hex digits of content
 * @param content the bytes; not copied, not to be changed
 * @param problems number of lines
 */
public record DataSetBlob(Path source, String digest, byte[] content, int problems) {}
