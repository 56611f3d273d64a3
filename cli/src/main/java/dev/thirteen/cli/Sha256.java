package dev.thirteen.cli;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, by which files and definitions are known. */
final class Sha256 {
    private Sha256() {}

    /** For what comes piece by piece. */
    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The 64 hex digits of what a digest was given. */
    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** "sha256:" and 64 hex digits of a content, whose position stays. */
    static String named(ByteBuffer content) {
        MessageDigest digest = digest();
        digest.update(content.duplicate());
        return "sha256:" + hex(digest);
    }
}
