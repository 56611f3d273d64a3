package dev.thirteen.engine.jinja;

import dev.thirteen.engine.jinja.Expression.CallArguments;
import dev.thirteen.engine.jinja.Expression.Comparand;
import dev.thirteen.engine.jinja.Expression.Pair;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions. */
final class Evaluator {
    private final Rendering rendering;
    private final Arithmetic arithmetic;

    Evaluator(Rendering rendering) {
        this.rendering = rendering;
        this.arithmetic = new Arithmetic(rendering);
    }

    Object value(Expression expression, Scope scope) {
        rendering.budget().enter();
        rendering.at(expression.line());
        Object value = simple(expression, scope);
        rendering.budget().leave();
        return value;
    }

    private Object simple(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListOf list -> values(list.items(), scope);
            case Expression.TupleOf tuple -> new Tuple(values(tuple.items(), scope));
            case Expression.DictOf dict -> dict(dict.pairs(), scope);
            case Expression.Not not -> !truth(not.operand(), scope);
            case Expression.And and -> {
                Object left = value(and.left(), scope);
                yield Types.truth(left) ? value(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                Object left = value(or.left(), scope);
                yield Types.truth(left) ? left : value(or.right(), scope);
            }
            case Expression.Comparison comparison -> compared(comparison, scope);
            case Expression.Conditional conditional -> conditional(conditional, scope);
            case Expression.Concatenation concatenation -> concatenated(concatenation.parts(), scope);
            default -> operation(expression, scope);
        };
    }

    private Object operation(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Attribute(int line, Expression owner, String name) ->
                rendering.access().attribute(operand(owner, line, scope), name);
            case Expression.Item(int line, Expression owner, Expression key) -> {
                Object value = value(owner, scope);
                yield rendering.access().item(value, operand(key, line, scope));
            }
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call(int line, Expression function, CallArguments arguments) -> {
                Object callee = value(function, scope);
                Arguments evaluated = arguments(arguments, scope);
                rendering.at(line);
                yield call(callee, evaluated);
            }
            case Expression.Filter(int line, Expression input, String name, CallArguments arguments) -> {
                Object value = value(input, scope);
                Arguments evaluated = arguments(arguments, scope);
                rendering.at(line);
                yield Filters.apply(rendering, name, value, evaluated);
            }
            case Expression.Test(int line, Expression input, String name, CallArguments arguments) -> {
                Object value = value(input, scope);
                Arguments evaluated = arguments(arguments, scope);
                rendering.at(line);
                yield Tests.holds(rendering, name, value, evaluated);
            }
            case Expression.Signed(int line, boolean negative, Expression operand) ->
                arithmetic.signed(negative, operand(operand, line, scope));
            case Expression.Arithmetic(int line, String operator, Expression left, Expression right) -> {
                Object value = value(left, scope);
                yield arithmetic.apply(operator, value, operand(right, line, scope));
            }
            default -> throw new IllegalStateException(expression.toString());
        };
    }

    // The last operand: what comes after happens at the operator's line.
    private Object operand(Expression expression, int line, Scope scope) {
        Object value = value(expression, scope);
        rendering.at(line);
        return value;
    }

    boolean truth(Expression expression, Scope scope) {
        return Types.truth(value(expression, scope));
    }

    /** Calls what a template can call. */
    Object call(Object callee, Arguments arguments) {
        rendering.budget().enter();
        Object value = switch (callee) {
            case Callable callable -> callable.call(rendering, arguments);
            case Undefined undefined -> throw undefined.problem();
            case Loop loop -> throw new Problem("recursive loops are not supported");
            default -> throw new Problem("'" + Types.name(callee) + "' object is not callable");
        };
        rendering.budget().leave();
        return value;
    }

    Arguments arguments(CallArguments written, Scope scope) {
        if (written == CallArguments.NONE) return Arguments.NONE;
        List<Object> positional = values(written.positional(), scope);
        Map<String, Object> named = new LinkedHashMap<>();
        written.named().forEach((name, expression) -> named.put(name, value(expression, scope)));
        if (written.more() != null) positional.addAll(Iteration.list(value(written.more(), scope), rendering.budget()));
        if (written.moreNamed() != null) addNamed(named, value(written.moreNamed(), scope));
        return new Arguments(positional, named);
    }

    private static void addNamed(Map<String, Object> named, Object more) {
        if (!(more instanceof Dict dict)) throw new Problem("argument after ** must be a mapping");
        for (Object item : dict.items()) {
            List<Object> pair = ((Tuple) item).items();
            if (!(pair.getFirst() instanceof String name)) throw new Problem("keywords must be strings");
            if (named.put(name, pair.getLast()) != null)
                throw new Problem("got multiple values for keyword argument '" + name + "'");
        }
    }

    private List<Object> values(List<Expression> expressions, Scope scope) {
        List<Object> values = new ArrayList<>();
        for (Expression expression : expressions) values.add(value(expression, scope));
        return values;
    }

    private Dict dict(List<Pair> pairs, Scope scope) {
        Dict dict = new Dict();
        for (Pair pair : pairs) dict.put(value(pair.key(), scope), value(pair.value(), scope));
        return dict;
    }

    private Object conditional(Expression.Conditional conditional, Scope scope) {
        if (truth(conditional.test(), scope)) return value(conditional.then(), scope);
        return conditional.otherwise() != null
                ? value(conditional.otherwise(), scope)
                : new Undefined("the inline if-expression on line " + conditional.line()
                        + " evaluated to false and no else section was defined.");
    }

    private String concatenated(List<Expression> parts, Scope scope) {
        StringBuilder text = new StringBuilder();
        for (Expression part : parts) {
            text.append(rendering.texts().str(value(part, scope)));
            rendering.budget().text(text.length());
        }
        return text.toString();
    }

    private Object slice(Expression.Slice slice, Scope scope) {
        Object owner = value(slice.owner(), scope);
        Object start = bound(slice.start(), scope);
        Object stop = bound(slice.stop(), scope);
        Object step = bound(slice.step(), scope);
        rendering.at(slice.line());
        return rendering.access().slice(owner, start, stop, step);
    }

    private Object bound(@Nullable Expression bound, Scope scope) {
        return bound == null ? None.NONE : value(bound, scope);
    }

    private boolean compared(Expression.Comparison comparison, Scope scope) {
        Object left = value(comparison.first(), scope);
        for (Comparand comparand : comparison.rest()) {
            Object right = operand(comparand.operand(), comparison.line(), scope);
            if (!holds(comparand.operator(), left, right)) return false;
            left = right;
        }
        return true;
    }

    private boolean holds(String operator, Object left, Object right) {
        Comparisons comparisons = rendering.comparisons();
        return switch (operator) {
            case "==" -> comparisons.equal(left, right);
            case "!=" -> !comparisons.equal(left, right);
            case "in" -> comparisons.contains(right, left);
            case "not in" -> !comparisons.contains(right, left);
            default -> comparisons.ordered(operator, left, right);
        };
    }
}
