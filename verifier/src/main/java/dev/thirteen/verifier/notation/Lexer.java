package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Splits notation into tokens; what only changes its looks is dropped. Linear in the text. */
final class Lexer {
    private static final int MAX_NESTING = 8;
    /** What may stand before an amount. */
    private static final Set<String> CURRENCIES = Set.of("USD", "EUR", "GBP", "INR", "Rs", "CNY", "JPY");

    private final String text;
    private final NumberStyle style;
    private final List<Token> tokens;
    private final int nesting;
    private int at;
    private int brackets;
    private boolean spaced;

    private Lexer(String text, NumberStyle style, List<Token> tokens, int nesting) {
        this.text = text;
        this.style = style;
        this.tokens = tokens;
        this.nesting = nesting;
    }

    /** The tokens of a text that {@link Spelling} has seen. */
    static List<Token> tokens(String plain, NumberStyle style) {
        List<Token> tokens = new ArrayList<>();
        new Lexer(plain, style, tokens, 0).read();
        return tokens;
    }

    private void read() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == ' ' || c == '~' || c == '$' || c == '"') {
                spaced = true;
                at++;
            } else if (style.begins(text, at)) {
                number();
            } else if (letter(c)) {
                letters();
            } else if (c == '\\') {
                command();
            } else if (c > 127) {
                foreignWords();
            } else {
                symbol(c);
            }
        }
    }

    private void number() {
        NumberStyle.Read read = style.read(text, at, brackets > 0);
        at = read.end();
        add(Kind.NUMBER, read.digits());
    }

    private void symbol(char c) {
        if ("([".indexOf(c) >= 0) brackets++;
        if (")]".indexOf(c) >= 0) brackets--;
        String two = text.substring(at, Math.min(at + 2, text.length()));
        String operator = switch (two) {
            case "<=", "=<" -> "\u2264";
            case ">=", "=>" -> "\u2265";
            case "!=" -> isFactorial() ? "" : "\u2260";
            case "**" -> "^";
            case "==" -> "=";
            default -> "";
        };
        if (!operator.isEmpty()) {
            at += 2;
            add(Kind.SYMBOL, operator);
            return;
        }
        at++;
        if (c == '`' || c == '_' && charAt(at) == '_') return;
        add(Kind.SYMBOL, String.valueOf(c));
    }

    /** Whether "!=" says that a factorial is something: 5!=120. */
    private boolean isFactorial() {
        return !spaced && (last().is(Kind.NUMBER) || last().is(")"));
    }

    private void letters() {
        int start = at;
        while (at < text.length() && letter(text.charAt(at))) at++;
        if (CURRENCIES.contains(text.substring(start, at)) && digitFollows()) return;
        WordReader.add(this, text.substring(start, at));
    }

    private void foreignWords() {
        int start = at;
        while (at < text.length() && text.charAt(at) > 127) at++;
        add(Kind.WORDS, text.substring(start, at));
    }

    private void command() {
        int start = ++at;
        while (at < text.length() && letter(text.charAt(at))) at++;
        if (at == start) {
            escaped();
            return;
        }
        named(text.substring(start, at));
    }

    private void escaped() {
        char c = charAt(at++);
        switch (c) {
            case '!' -> {}
            case ',', ';', ':', ' ', '>', '/', '-' -> spaced = true;
            case '{', '}' -> {
                brackets += c == '{' ? 1 : -1;
                add(Kind.SYMBOL, "\\" + c);
            }
            case '\\' -> add(Kind.SYMBOL, "\\\\");
            case '|' -> add(Kind.SYMBOL, "|");
            case '$', '(', ')', '[', ']' -> spaced = true;
            default -> add(Kind.SYMBOL, String.valueOf(c));
        }
    }

    private void named(String name) {
        if (Vocabulary.LOOKS.contains(name)) {
            if ((name.equals("left") || name.equals("right")) && charAt(at) == '.') at++;
        } else if (Vocabulary.SPACES.contains(name)) {
            spaced = true;
        } else if (name.startsWith("quad") || name.equals("qquad")) {
            add(Kind.SYMBOL, "\\quad");
            at -= Math.max(0, name.length() - 4) * (name.equals("qquad") ? 0 : 1);
        } else if (name.equals("hspace") || name.equals("vspace") || name.equals("color") || name.equals("label")) {
            braced();
        } else if (name.equals("lor") || name.equals("vee") || name.equals("land") || name.equals("wedge")) {
            add(Kind.SYMBOL, "and");
        } else if (Vocabulary.FACES.contains(name)) {
            face(name, braced());
        } else if (Vocabulary.FRAMES.contains(name)) {
            inner(braced());
        } else if (name.equals("begin") || name.equals("end")) {
            add(Kind.SYMBOL, name + ":" + braced().replace("*", ""));
        } else {
            add(Kind.COMMAND, name);
        }
    }

    private void face(String face, String content) {
        String inside = content.strip();
        if (inside.isEmpty()) {
            spaced = true;
        } else if (inside.length() == 1 && WordReader.isUnitLetter(inside, this)) {
            add(Kind.WORDS, inside);
        } else if (inside.length() == 1 || face.startsWith("math") && inside.length() <= 3) {
            inner(inside);
        } else if (inside.chars().noneMatch(Lexer::letter) || inside.indexOf('\\') >= 0) {
            inner(inside);
        } else if (inside.startsWith("(") && inside.endsWith(")") && inside.length() == 3) {
            inner(inside.substring(1, 2));
        } else {
            WordReader.addText(this, inside);
        }
    }

    private void inner(String content) {
        if (nesting >= MAX_NESTING) throw new UnreadableException("boxes in boxes");
        new Lexer(content, style, tokens, nesting + 1).read();
        spaced = true;
    }

    /** The content of the braces that follow; the next character where there are none. */
    private String braced() {
        while (at < text.length() && text.charAt(at) == ' ') at++;
        if (charAt(at) != '{') {
            if (at >= text.length()) return "";
            return text.substring(at, ++at);
        }
        int start = at + 1;
        int depth = 0;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\\') at++;
            if (c == '{') depth++;
            if (c == '}' && --depth == 0) return text.substring(start, at++);
        }
        at = text.length();
        return text.substring(Math.min(start, at));
    }

    void add(Kind kind, String content) {
        tokens.add(new Token(kind, content, spaced));
        spaced = false;
    }

    Token last() {
        return tokens.isEmpty() ? Token.END : tokens.getLast();
    }

    boolean spaced() {
        return spaced;
    }

    /** Whether a space and a digit stand here. */
    boolean digitFollows() {
        return charAt(at) == ' ' && NumberStyle.digit(charAt(at + 1));
    }

    char next() {
        return charAt(at);
    }

    private char charAt(int index) {
        return index < text.length() ? text.charAt(index) : ' ';
    }

    private static boolean letter(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }
}
