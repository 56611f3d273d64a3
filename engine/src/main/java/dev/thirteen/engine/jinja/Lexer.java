package dev.thirteen.engine.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a template into data and tags, with trim_blocks and lstrip_blocks. */
final class Lexer {
    private static final Pattern TAG = Pattern.compile("\\{[%{#]");
    private static final String SPACE = Characters.SPACE_CLASS;
    private static final Pattern RAW =
            Pattern.compile("\\{%([-+]?)" + SPACE + "*raw" + SPACE + "*(?:-%\\}" + SPACE + "*|%\\})");
    private static final Pattern END_RAW =
            Pattern.compile("\\{%([-+]?)" + SPACE + "*endraw" + SPACE + "*(?:\\+%\\}|-%\\}" + SPACE + "*|%\\}\n?)");
    private static final Pattern END_COMMENT = Pattern.compile("\\+#\\}|-#\\}" + SPACE + "*|#\\}\n?");
    private static final Pattern END_BLOCK = Pattern.compile("\\+%\\}|-%\\}" + SPACE + "*|%\\}\n?");
    private static final Pattern END_VARIABLE = Pattern.compile("-\\}\\}" + SPACE + "*|\\}\\}");

    private final Source lines;
    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    // Whether what was read last ended a line: then spaces before a block are stripped.
    private boolean lineStarts = true;

    private Lexer(Source lines) {
        this.lines = lines;
        this.source = lines.text();
    }

    /** The tokens of a template, with one END at the end. */
    static List<Token> tokens(String template) {
        Lexer lexer = new Lexer(Source.of(template));
        while (lexer.position < lexer.source.length()) lexer.next();
        lexer.add(Token.Type.END, "", lexer.position);
        return lexer.tokens;
    }

    private void next() {
        Matcher tag = TAG.matcher(source);
        if (!tag.find(position)) {
            data(source.substring(position));
            position = source.length();
            return;
        }
        String before = source.substring(position, tag.start());
        char kind = source.charAt(tag.start() + 1);
        Matcher raw = RAW.matcher(source).region(tag.start(), source.length());
        if (raw.lookingAt()) {
            data(stripped(before, raw.group(1), false));
            jump(raw.end());
            raw();
            return;
        }
        String sign = sign(tag.end());
        data(stripped(before, sign, kind == '{'));
        jump(tag.end() + sign.length());
        switch (kind) {
            case '#' -> comment();
            case '%' -> code(Token.Type.BLOCK_BEGIN, Token.Type.BLOCK_END, END_BLOCK);
            default -> code(Token.Type.VARIABLE_BEGIN, Token.Type.VARIABLE_END, END_VARIABLE);
        }
    }

    private String sign(int at) {
        return at < source.length() && (source.charAt(at) == '-' || source.charAt(at) == '+')
                ? source.substring(at, at + 1)
                : "";
    }

    private String stripped(String text, String sign, boolean variable) {
        if (sign.equals("-")) return Characters.stripEnd(text);
        if (sign.equals("+") || variable) return text;
        int start = text.lastIndexOf('\n') + 1;
        boolean ownLine = start > 0 || lineStarts;
        return ownLine && Characters.isSpace(text.substring(start)) ? text.substring(0, start) : text;
    }

    private void comment() {
        Matcher end = END_COMMENT.matcher(source);
        if (end.find(position)) {
            jump(end.end());
        } else if (position < source.length()) {
            throw new Problem("Missing end of comment tag", lines.line(position));
        }
    }

    private void raw() {
        Matcher end = END_RAW.matcher(source);
        if (end.find(position)) {
            data(stripped(source.substring(position, end.start()), end.group(1), false));
            jump(end.end());
        } else if (position < source.length()) {
            throw new Problem("Missing end of raw directive", lines.line(position));
        }
    }

    private void code(Token.Type begin, Token.Type end, Pattern endPattern) {
        add(begin, "", position);
        CodeLexer code = new CodeLexer(lines, position, endPattern);
        tokens.addAll(code.tokens());
        code.end().ifPresent(match -> add(end, "", match.start()));
        jump(code.end().map(MatchResult::end).orElse(source.length()));
    }

    private void data(String text) {
        if (!text.isEmpty()) add(Token.Type.DATA, text, position);
    }

    private void jump(int to) {
        position = to;
        lineStarts = source.charAt(to - 1) == '\n';
    }

    private void add(Token.Type type, String text, int at) {
        tokens.add(new Token(lines.line(at), type, text));
    }
}
