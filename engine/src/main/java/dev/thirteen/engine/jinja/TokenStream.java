package dev.thirteen.engine.jinja;

import java.util.List;

/** The tokens of a template, one current and one ahead. */
final class TokenStream {
    private final List<Token> tokens;
    private int position;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(position);
    }

    Token ahead() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    int line() {
        return current().line();
    }

    boolean at(Token.Type type) {
        return current().type() == type;
    }

    boolean atName(String name) {
        return current().isName(name);
    }

    boolean atOperator(String operator) {
        return current().isOperator(operator);
    }

    /** The current token; the next one becomes current. */
    Token next() {
        Token token = current();
        if (token.type() != Token.Type.END) position++;
        return token;
    }

    boolean skipName(String name) {
        boolean there = atName(name);
        if (there) next();
        return there;
    }

    boolean skipOperator(String operator) {
        boolean there = atOperator(operator);
        if (there) next();
        return there;
    }

    Token expect(Token.Type type) {
        if (!at(type)) throw expected(new Token(0, type, type.name()).description());
        return next();
    }

    String expectName() {
        if (!at(Token.Type.NAME)) throw expected("name");
        return next().text();
    }

    void expectName(String name) {
        if (!skipName(name)) throw expected(name);
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) throw expected(operator);
    }

    Problem problem(String message) {
        return new Problem(message, line());
    }

    private Problem expected(String what) {
        return problem("expected token '" + what + "', got '" + current().description() + "'");
    }
}
