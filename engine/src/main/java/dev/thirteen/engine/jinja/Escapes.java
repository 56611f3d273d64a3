package dev.thirteen.engine.jinja;

/** Escapes in string literals, as Jinja has Python decode them. */
final class Escapes {
    private final String written;
    private final int line;
    private final StringBuilder text = new StringBuilder();
    private int position;

    private Escapes(String written, int line) {
        this.written = written;
        this.line = line;
    }

    static String decoded(String literal, int line) {
        if (literal.indexOf('\\') < 0) return literal;
        Escapes escapes = new Escapes(ascii(literal), line);
        while (escapes.position < escapes.written.length()) escapes.next();
        return escapes.text.toString();
    }

    // Jinja escapes what is not ASCII before it decodes, so that a backslash before such a letter escapes a backslash.
    private static String ascii(String literal) {
        StringBuilder ascii = new StringBuilder();
        literal.codePoints().forEach(c -> {
            if (c < 0x80) ascii.append((char) c);
            else ascii.append((c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
        });
        return ascii.toString();
    }

    private void next() {
        char c = written.charAt(position++);
        if (c != '\\') {
            text.append(c);
            return;
        }
        char escape = written.charAt(position++);
        switch (escape) {
            case '\n' -> {}
            case '\\', '\'', '"' -> text.append(escape);
            case 'a' -> text.append('\u0007');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'n' -> text.append('\n');
            case 'r' -> text.append('\r');
            case 't' -> text.append('\t');
            case 'v' -> text.append('\u000b');
            case 'x' -> hexadecimal(2);
            case 'u' -> hexadecimal(4);
            case 'U' -> hexadecimal(8);
            case 'N' -> throw new Problem("\\N escapes are not supported", line);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal();
            default -> text.append('\\').append(escape);
        }
    }

    private void hexadecimal(int digits) {
        int end = position + digits;
        int value = 0;
        for (; position < end; position++) {
            int digit = position < written.length() ? Character.digit(written.charAt(position), 16) : -1;
            if (digit < 0) throw new Problem("truncated escape in a string", line);
            value = value * 16 + digit;
        }
        if (!Character.isValidCodePoint(value)) throw new Problem("illegal Unicode character", line);
        text.appendCodePoint(value);
    }

    private void octal() {
        position--;
        int end = Math.min(position + 3, written.length());
        int value = 0;
        for (; position < end && written.charAt(position) >= '0' && written.charAt(position) <= '7'; position++)
            value = value * 8 + written.charAt(position) - '0';
        text.append((char) value);
    }
}
