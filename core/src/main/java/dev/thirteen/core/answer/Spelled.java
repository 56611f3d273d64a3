package dev.thirteen.core.answer;

/** Answers that are counted, so that spellings of one are told from different ones without comparing each with each. */
public final class Spelled {
    private Spelled() {}

    /** LaTeX spacing, dollar signs, white space and a full stop at the end do not make another answer. */
    public static String plain(String answer) {
        String plain = answer.replace("\\left", "")
                .replace("\\right", "")
                .replace("\\!", "")
                .replace("\\,", "")
                .replace("\\ ", "")
                .replace("$", "")
                .replaceAll("\\s++", "");
        return plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain;
    }
}
