package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits the inside of one tag into tokens, up to the tag's end outside of all brackets. */
final class CodeLexer {
    private static final Pattern SPACE = Pattern.compile(Characters.SPACE_CLASS + "+");
    private static final Pattern FLOAT =
            Pattern.compile("(?:\\d+_)*+\\d+(?:(?:\\.(?:\\d+_)*+\\d+)?[eE][+-]?(?:\\d+_)*+\\d+|\\.(?:\\d+_)*+\\d+)");
    private static final Pattern INTEGER = Pattern.compile(
            "0[bB](?:_?[01])++|0[oO](?:_?[0-7])++|0[xX](?:_?[0-9a-fA-F])++|[1-9](?:_?\\d)*+|0(?:_?0)*+");
    private static final Pattern NAME =
            Pattern.compile("[\\p{L}\\p{Nl}_][\\p{L}\\p{Nl}\\p{Mn}\\p{Mc}\\p{Nd}\\p{Pc}]*+");
    private static final Pattern OPERATOR = Pattern.compile("//|\\*\\*|[=!<>]=|[-+/*%~\\[\\](){}<>=.:|,;]");

    private final Source lines;
    private final String source;
    private final Pattern endPattern;
    private final Deque<String> brackets = new ArrayDeque<>();
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private Optional<MatchResult> end = Optional.empty();

    CodeLexer(Source lines, int position, Pattern endPattern) {
        this.lines = lines;
        this.source = lines.text();
        this.position = position;
        this.endPattern = endPattern;
        read();
    }

    List<Token> tokens() {
        return tokens;
    }

    /** Where the tag's end stands; empty when the template ends before. */
    Optional<MatchResult> end() {
        return end;
    }

    private void read() {
        while (position < source.length()) {
            if (brackets.isEmpty()) {
                Matcher found = at(endPattern);
                if (found.lookingAt()) {
                    end = Optional.of(found.toMatchResult());
                    return;
                }
            }
            Matcher space = at(SPACE);
            if (space.lookingAt()) position = space.end();
            else token();
        }
    }

    private void token() {
        boolean afterDot = position > 0 && source.charAt(position - 1) == '.';
        Matcher number = at(FLOAT);
        if (!afterDot && number.lookingAt()) {
            add(Token.Type.FLOAT, number.end(), Double.valueOf(number.group().replace("_", "")));
            return;
        }
        Matcher integer = at(INTEGER);
        Matcher name = at(NAME);
        Matcher operator = at(OPERATOR);
        if (integer.lookingAt()) {
            add(Token.Type.INTEGER, integer.end(), integer(integer.group().replace("_", "")));
        } else if (name.lookingAt()) {
            add(Token.Type.NAME, name.end(), name.group());
        } else if (source.charAt(position) == '\'' || source.charAt(position) == '"') {
            string();
        } else if (operator.lookingAt()) {
            balance(operator.group());
            add(Token.Type.OPERATOR, operator.end(), operator.group());
        } else {
            throw unexpectedCharacter();
        }
    }

    private void string() {
        char quote = source.charAt(position);
        for (int i = position + 1; i < source.length(); i++) {
            if (source.charAt(i) == '\\') {
                i++;
            } else if (source.charAt(i) == quote) {
                String written = source.substring(position + 1, i);
                add(Token.Type.STRING, i + 1, Escapes.decoded(written, lines.line(position)));
                return;
            }
        }
        throw unexpectedCharacter();
    }

    private void balance(String operator) {
        switch (operator) {
            case "(" -> brackets.push(")");
            case "[" -> brackets.push("]");
            case "{" -> brackets.push("}");
            case ")", "]", "}" -> {
                if (!operator.equals(brackets.poll()))
                    throw new Problem("unexpected '" + operator + "'", lines.line(position));
            }
            default -> {}
        }
    }

    private BigInteger integer(String text) {
        if (text.length() > Numbers.LONGEST) throw new Problem("an integer is too big", lines.line(position));
        if (text.length() < 3 || Character.isDigit(text.charAt(1))) return new BigInteger(text);
        int base = switch (Character.toLowerCase(text.charAt(1))) {
            case 'b' -> 2;
            case 'o' -> 8;
            default -> 16;
        };
        return new BigInteger(text.substring(2), base);
    }

    private Problem unexpectedCharacter() {
        return new Problem(
                "unexpected char " + Quotes.of(Character.toString(source.codePointAt(position))), lines.line(position));
    }

    private Matcher at(Pattern pattern) {
        return pattern.matcher(source).region(position, source.length());
    }

    private void add(Token.Type type, int to, Object value) {
        tokens.add(new Token(lines.line(position), type, source.substring(position, to), value));
        position = to;
    }
}
