package dev.thirteen.engine.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An expression of a template; its line is the one named when it goes wrong. */
sealed interface Expression {
    int line();

    record Constant(int line, Object value) implements Expression {}

    record Name(int line, String name) implements Expression {}

    record ListOf(int line, List<Expression> items) implements Expression {}

    record TupleOf(int line, List<Expression> items) implements Expression {}

    record DictOf(int line, List<Pair> pairs) implements Expression {}

    record Attribute(int line, Expression owner, String name) implements Expression {}

    record Item(int line, Expression owner, Expression key) implements Expression {}

    record Slice(
            int line,
            Expression owner,
            @Nullable Expression start,
            @Nullable Expression stop,
            @Nullable Expression step)
            implements Expression {}

    record Call(int line, Expression function, CallArguments arguments) implements Expression {}

    record Filter(int line, Expression input, String name, CallArguments arguments) implements Expression {}

    record Test(int line, Expression input, String name, CallArguments arguments) implements Expression {}

    record Not(int line, Expression operand) implements Expression {}

    record Signed(int line, boolean negative, Expression operand) implements Expression {}

    record Arithmetic(int line, String operator, Expression left, Expression right) implements Expression {}

    record And(int line, Expression left, Expression right) implements Expression {}

    record Or(int line, Expression left, Expression right) implements Expression {}

    /** A chain such as {@code a < b < c}. */
    record Comparison(int line, Expression first, List<Comparand> rest) implements Expression {}

    record Concatenation(int line, List<Expression> parts) implements Expression {}

    record Conditional(
            int line,
            Expression test,
            Expression then,
            @Nullable Expression otherwise) implements Expression {}

    record Pair(Expression key, Expression value) {}

    record Comparand(String operator, Expression operand) {}

    /** What stands in the parentheses of a call; the last two are {@code *list} and {@code **dict}. */
    record CallArguments(
            List<Expression> positional,
            Map<String, Expression> named,
            @Nullable Expression more,
            @Nullable Expression moreNamed) {
        static final CallArguments NONE = new CallArguments(List.of(), Map.of(), null, null);
    }
}
