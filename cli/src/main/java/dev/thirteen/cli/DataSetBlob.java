package dev.thirteen.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A data set as PutBlob takes it: JSON Lines with id, question and answer, whatever the source called them.
 *
 * @param source the file it was read from, the first of them
 * @param fields what its source calls them
 * @param digest "sha256:" and 64 hex digits of content
 * @param content the bytes; not copied, not to be changed
 * @param placeOfId where each problem stands: {@code FILE:LINE}, by its id
 */
public record DataSetBlob(
        Path source, ProblemFields fields, String digest, byte[] content, Map<String, String> placeOfId) {
    /** How a service begins what it says of a problem. */
    private static final Pattern NAMED = Pattern.compile("^(?:problem )?'([^']+)'");

    /** Where the problem stands of which a service says something; empty when it is about none of these. */
    Optional<String> place(String said) {
        Matcher named = NAMED.matcher(said);
        return named.find() ? Optional.ofNullable(placeOfId.get(named.group(1))) : Optional.empty();
    }

    /** Number of problems. */
    public int problems() {
        return placeOfId.size();
    }
}
