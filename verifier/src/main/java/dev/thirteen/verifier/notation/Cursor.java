package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** A place in a row of tokens, with limits on what may be read from there. */
final class Cursor {
    private static final int MAX_TOKENS = 4000;
    private static final int MAX_DEPTH = 120;

    private final List<Token> tokens;
    private int at;
    private int depth;
    private int bars;
    private boolean integral;

    Cursor(List<Token> tokens) {
        if (tokens.size() > MAX_TOKENS) throw UnreadableException.tooMuch("more than " + MAX_TOKENS + " tokens");
        this.tokens = new ArrayList<>(tokens);
    }

    Token peek() {
        return peek(0);
    }

    Token peek(int ahead) {
        return at + ahead < tokens.size() ? tokens.get(at + ahead) : Token.END;
    }

    /** The token that was read last; behind the end there is none. */
    Token before() {
        return at == 0 || at > tokens.size() ? Token.END : tokens.get(at - 1);
    }

    Token next() {
        Token token = peek();
        at++;
        return token;
    }

    boolean accept(String symbol) {
        if (!peek().is(symbol)) return false;
        at++;
        return true;
    }

    void expect(String symbol) {
        if (!accept(symbol)) throw new UnreadableException("no " + symbol + " but " + peek().text());
    }

    boolean atEnd() {
        return at >= tokens.size();
    }

    /** The first digit of a number that LaTeX takes for an argument; the others stay. */
    String digit() {
        Token number = next();
        if (number.text().length() > 1) {
            at--;
            tokens.set(at, new Token(Kind.NUMBER, number.text().substring(1), false));
        }
        return number.text().substring(0, 1);
    }

    int mark() {
        return at;
    }

    void reset(int mark) {
        at = mark;
    }

    void enter() {
        if (++depth > MAX_DEPTH) throw UnreadableException.tooMuch("nested deeper than " + MAX_DEPTH);
    }

    void leave() {
        depth--;
    }

    /** Whether what is read now is integrated, so that a dx ends it; says what was so before. */
    boolean setIntegral(boolean now) {
        boolean old = integral;
        integral = now;
        return old;
    }

    /** Whether the dx of the integral that is read now stands here. */
    boolean differential() {
        return integral && differential(0);
    }

    /** Whether a dx stands further on, outside of brackets that open behind this place and before one that closes. */
    boolean differentialAhead() {
        int nested = 0;
        for (int ahead = 0; at + ahead < tokens.size() && nested >= 0; ahead++) {
            Token token = peek(ahead);
            if (nested == 0 && differential(ahead)) return true;
            if (token.is("(") || token.is("{") || token.is("[")) nested++;
            if (token.is(")") || token.is("}") || token.is("]")) nested--;
        }
        return false;
    }

    private boolean differential(int ahead) {
        Token d = peek(ahead);
        Token variable = peek(ahead + 1);
        boolean named =
                variable.is(Kind.LETTERS) || variable.is(Kind.COMMAND) && Vocabulary.LETTERS.contains(variable.text());
        return named && d.is(Kind.LETTERS) && d.text().equals("d");
    }

    boolean inBars() {
        return bars > 0;
    }

    /** Bars inside of brackets that stand between bars open again. */
    int setBars(int count) {
        int old = bars;
        bars = count;
        return old;
    }
}
