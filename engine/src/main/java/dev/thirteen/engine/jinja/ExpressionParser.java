package dev.thirteen.engine.jinja;

import dev.thirteen.engine.jinja.Expression.CallArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses expressions, with Jinja's precedence: or, and, not, comparisons, + -, ~, * / // %, **, signs, filters and tests. */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");
    private static final Set<String> AFTER_TEST = Set.of("else", "or", "and");

    private final TokenStream stream;
    private final ParseScopes scopes;
    private final PrimaryParser primaries;

    ExpressionParser(TokenStream stream, ParseScopes scopes) {
        this.stream = stream;
        this.scopes = scopes;
        this.primaries = new PrimaryParser(stream, scopes, this);
    }

    Expression expression() {
        return scopes.nested(stream, this::conditional);
    }

    /** An expression that ends before {@code if}. */
    Expression unconditional() {
        return or();
    }

    /** An expression, or a tuple without parentheses; it ends before one of these names. */
    Expression tuple(boolean conditional, Set<String> endNames) {
        return primaries.tuple(conditional, endNames, false);
    }

    private Expression conditional() {
        int line = stream.line();
        int unknown = scopes.unknownCount();
        Expression value = or();
        while (stream.skipName("if")) {
            scopes.forgive(unknown);
            Expression then = value;
            value = scopes.conditional(() -> {
                Expression test = or();
                Expression otherwise = stream.skipName("else") ? expression() : null;
                return new Expression.Conditional(line, test, then, otherwise);
            });
        }
        return value;
    }

    private Expression or() {
        Expression left = and();
        while (stream.atName("or")) {
            int line = stream.next().line();
            left = new Expression.Or(line, left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (stream.atName("and")) {
            int line = stream.next().line();
            left = new Expression.And(line, left, not());
        }
        return left;
    }

    private Expression not() {
        if (!stream.atName("not")) return comparison();
        int line = stream.next().line();
        return new Expression.Not(line, scopes.nested(stream, this::not));
    }

    private Expression comparison() {
        int line = stream.line();
        Expression first = sum();
        List<Expression.Comparand> rest = new ArrayList<>();
        for (String operator = comparator(); operator != null; operator = comparator())
            rest.add(new Expression.Comparand(operator, sum()));
        return rest.isEmpty() ? first : new Expression.Comparison(line, first, rest);
    }

    private @Nullable String comparator() {
        Token token = stream.current();
        if (token.type() == Token.Type.OPERATOR && COMPARISONS.contains(token.text()))
            return stream.next().text();
        if (stream.skipName("in")) return "in";
        if (!token.isName("not") || !stream.ahead().isName("in")) return null;
        stream.next();
        stream.next();
        return "not in";
    }

    private Expression sum() {
        Expression left = concatenation();
        while (stream.atOperator("+") || stream.atOperator("-")) {
            Token operator = stream.next();
            left = new Expression.Arithmetic(operator.line(), operator.text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        int line = stream.line();
        List<Expression> parts = new ArrayList<>(List.of(product()));
        while (stream.skipOperator("~")) parts.add(product());
        return parts.size() == 1 ? parts.getFirst() : new Expression.Concatenation(line, parts);
    }

    private Expression product() {
        Expression left = power();
        while (stream.at(Token.Type.OPERATOR)
                && PRODUCTS.contains(stream.current().text())) {
            Token operator = stream.next();
            left = new Expression.Arithmetic(operator.line(), operator.text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (stream.atOperator("**")) {
            int line = stream.next().line();
            left = new Expression.Arithmetic(line, "**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean filters) {
        Expression value;
        if (stream.atOperator("-") || stream.atOperator("+")) {
            Token sign = stream.next();
            Expression operand = scopes.nested(stream, () -> unary(false));
            value = new Expression.Signed(sign.line(), sign.text().equals("-"), operand);
        } else {
            value = primaries.primary();
        }
        value = primaries.postfix(value);
        return filters ? filtered(value) : value;
    }

    private Expression filtered(Expression input) {
        Expression value = input;
        while (true) {
            if (stream.skipOperator("|")) {
                value = filter(value);
            } else if (stream.atName("is")) {
                value = test(value);
            } else if (stream.atOperator("(")) {
                value = primaries.call(value);
            } else {
                return value;
            }
        }
    }

    /** One filter behind its bar. */
    Expression filter(Expression input) {
        int line = stream.line();
        String name = dottedName();
        if (Filters.isRefused(name)) throw new Problem("the filter '" + name + "' is not supported", line);
        if (!Filters.isKnown(name)) scopes.unknown("No filter named " + Quotes.of(name) + ".", line);
        CallArguments arguments = stream.atOperator("(") ? primaries.arguments() : CallArguments.NONE;
        return new Expression.Filter(line, input, name, arguments);
    }

    private Expression test(Expression input) {
        int line = stream.next().line();
        boolean negated = stream.skipName("not");
        String name = dottedName();
        if (!Tests.isKnown(name)) scopes.unknown("No test named " + Quotes.of(name) + ".", line);
        Expression test = new Expression.Test(line, input, name, testArguments());
        return negated ? new Expression.Not(line, test) : test;
    }

    private CallArguments testArguments() {
        if (stream.atOperator("(")) return primaries.arguments();
        if (!argumentFollows()) return CallArguments.NONE;
        if (stream.atName("is")) throw stream.problem("You cannot chain multiple tests with is");
        return new CallArguments(List.of(primaries.postfix(primaries.primary())), Map.of(), null, null);
    }

    private boolean argumentFollows() {
        return switch (stream.current().type()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME -> !AFTER_TEST.contains(stream.current().text());
            case OPERATOR -> stream.atOperator("[") || stream.atOperator("{");
            default -> false;
        };
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(stream.expectName());
        while (stream.skipOperator(".")) name.append('.').append(stream.expectName());
        return name.toString();
    }
}
