package dev.thirteen.engine.jinja;

import dev.thirteen.engine.jinja.Expression.CallArguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses literals, names, brackets, and what follows a value: attributes, subscripts, calls. */
final class PrimaryParser {
    private final TokenStream stream;
    private final ParseScopes scopes;
    private final ExpressionParser expressions;

    PrimaryParser(TokenStream stream, ParseScopes scopes, ExpressionParser expressions) {
        this.stream = stream;
        this.scopes = scopes;
        this.expressions = expressions;
    }

    Expression primary() {
        Token token = stream.current();
        return switch (token.type()) {
            case NAME -> name(stream.next());
            case STRING -> string(token.line());
            case INTEGER, FLOAT ->
                new Expression.Constant(token.line(), stream.next().value());
            case OPERATOR -> bracketed(token);
            default -> throw unexpected(token);
        };
    }

    private Expression name(Token token) {
        String name = token.text();
        return switch (name) {
            case "true", "True" -> new Expression.Constant(token.line(), true);
            case "false", "False" -> new Expression.Constant(token.line(), false);
            case "none", "None" -> new Expression.Constant(token.line(), None.NONE);
            case "self" -> throw new Problem("the variable 'self' is not supported", token.line());
            default -> {
                scopes.read(name);
                yield new Expression.Name(token.line(), name);
            }
        };
    }

    private Expression string(int line) {
        StringBuilder text = new StringBuilder();
        while (stream.at(Token.Type.STRING)) text.append(stream.next().value());
        return new Expression.Constant(line, text.toString());
    }

    private Expression bracketed(Token token) {
        return switch (token.text()) {
            case "(" -> {
                stream.next();
                Expression inside = tuple(true, Set.of(), true);
                stream.expectOperator(")");
                yield inside;
            }
            case "[" -> {
                stream.next();
                yield new Expression.ListOf(token.line(), items());
            }
            case "{" -> dict();
            default -> throw unexpected(token);
        };
    }

    private static Problem unexpected(Token token) {
        return new Problem("unexpected '" + token.description() + "'", token.line());
    }

    /** One expression, or several with commas as a tuple; an empty tuple only in parentheses. */
    Expression tuple(boolean conditional, Set<String> endNames, boolean parentheses) {
        int line = stream.line();
        List<Expression> items = new ArrayList<>();
        boolean comma = false;
        while (!endsTuple(endNames)) {
            items.add(conditional ? expressions.expression() : expressions.unconditional());
            if (!stream.skipOperator(",")) break;
            comma = true;
        }
        if (comma) return new Expression.TupleOf(line, items);
        if (!items.isEmpty()) return items.getFirst();
        if (!parentheses)
            throw stream.problem(
                    "Expected an expression, got '" + stream.current().description() + "'");
        return new Expression.TupleOf(line, List.of());
    }

    private boolean endsTuple(Set<String> endNames) {
        Token token = stream.current();
        return switch (token.type()) {
            case VARIABLE_END, BLOCK_END -> true;
            case OPERATOR -> token.text().equals(")");
            case NAME -> endNames.contains(token.text());
            default -> false;
        };
    }

    private List<Expression> items() {
        List<Expression> items = new ArrayList<>();
        while (!stream.skipOperator("]")) {
            if (!items.isEmpty()) {
                stream.expectOperator(",");
                if (stream.skipOperator("]")) break;
            }
            items.add(expressions.expression());
        }
        return items;
    }

    private Expression dict() {
        int line = stream.next().line();
        List<Expression.Pair> pairs = new ArrayList<>();
        while (!stream.skipOperator("}")) {
            if (!pairs.isEmpty()) {
                stream.expectOperator(",");
                if (stream.skipOperator("}")) break;
            }
            Expression key = expressions.expression();
            stream.expectOperator(":");
            pairs.add(new Expression.Pair(key, expressions.expression()));
        }
        return new Expression.DictOf(line, pairs);
    }

    Expression postfix(Expression owner) {
        Expression value = owner;
        while (true) {
            if (stream.atOperator(".")) {
                value = attribute(value);
            } else if (stream.atOperator("[")) {
                value = subscript(value);
            } else if (stream.atOperator("(")) {
                value = call(value);
            } else {
                return value;
            }
        }
    }

    private Expression attribute(Expression owner) {
        int line = stream.next().line();
        Token name = stream.next();
        return switch (name.type()) {
            case NAME -> new Expression.Attribute(line, owner, name.text());
            case INTEGER -> new Expression.Item(line, owner, new Expression.Constant(line, name.value()));
            default -> throw new Problem("expected name or number", name.line());
        };
    }

    private Expression subscript(Expression owner) {
        int line = stream.next().line();
        Expression start = stream.atOperator(":") ? null : expressions.expression();
        if (stream.skipOperator(":")) {
            Expression stop = sliceEnds() || stream.atOperator(":") ? null : expressions.expression();
            Expression step = stream.skipOperator(":") && !sliceEnds() ? expressions.expression() : null;
            stream.expectOperator("]");
            return new Expression.Slice(line, owner, start, stop, step);
        }
        if (start == null) throw stream.problem("expected subscript expression");
        if (stream.atOperator(",")) throw stream.problem("several subscripts are not supported");
        stream.expectOperator("]");
        return new Expression.Item(line, owner, start);
    }

    private boolean sliceEnds() {
        return stream.atOperator("]");
    }

    Expression.Call call(Expression function) {
        int line = stream.line();
        return new Expression.Call(line, function, arguments());
    }

    /** The arguments of a call with their parentheses. */
    CallArguments arguments() {
        stream.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        Expression more = null;
        Expression moreNamed = null;
        while (!stream.skipOperator(")")) {
            if (stream.skipOperator("*")) {
                ensure(more == null && moreNamed == null);
                more = expressions.expression();
            } else if (stream.skipOperator("**")) {
                ensure(moreNamed == null);
                moreNamed = expressions.expression();
            } else if (stream.at(Token.Type.NAME) && stream.ahead().isOperator("=")) {
                ensure(moreNamed == null);
                named(named);
            } else {
                ensure(more == null && moreNamed == null && named.isEmpty());
                positional.add(expressions.expression());
            }
            if (!stream.atOperator(")")) stream.expectOperator(",");
        }
        return new CallArguments(positional, named, more, moreNamed);
    }

    private void named(Map<String, Expression> named) {
        String name = stream.next().text();
        stream.next();
        @Nullable Expression before = named.put(name, expressions.expression());
        if (before != null) throw stream.problem("keyword argument repeated: " + name);
    }

    private void ensure(boolean valid) {
        if (!valid) throw stream.problem("invalid syntax for function call expression");
    }
}
