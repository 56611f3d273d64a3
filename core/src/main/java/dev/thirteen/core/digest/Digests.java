package dev.thirteen.core.digest;

import dev.thirteen.core.failure.Failure;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Digests as the whole system writes them: "sha256:" and 64 lower-case hex digits. */
public final class Digests {
    private static final String PREFIX = "sha256:";
    private static final Pattern FORM = Pattern.compile(PREFIX + "[0-9a-f]{64}");

    private Digests() {}

    /** Digest of the pieces, one after the other. */
    public static String sha256(byte[]... pieces) {
        MessageDigest digest = start();
        for (byte[] piece : pieces) digest.update(piece);
        return text(digest);
    }

    /** Digest of a content, whose position stays. */
    public static String sha256(ByteBuffer content) {
        MessageDigest digest = start();
        digest.update(content.duplicate());
        return text(digest);
    }

    /** A running digest, for content that comes in pieces; ends with {@link #text}. */
    public static MessageDigest start() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /** The running digest as text; it starts anew. */
    public static String text(MessageDigest digest) {
        return PREFIX + hex(digest);
    }

    /** The 64 hex digits of the running digest; it starts anew. */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * The text, if it is a digest.
     *
     * @param field path of the field that holds it, for the message
     * @throws Failure CALLER when it is none
     */
    public static String require(String field, String digest) {
        if (FORM.matcher(digest).matches()) return digest;
        String shown = digest.length() > 80 ? digest.substring(0, 80) + "…" : digest;
        throw new Failure(
                Failure.Kind.CALLER, field + " must be \"sha256:\" and 64 hex digits, it is \"" + shown + "\"");
    }
}
