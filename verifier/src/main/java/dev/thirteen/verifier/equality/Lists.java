package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Listing;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.value.Canonical;
import dev.thirteen.verifier.value.Variables;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;

/** Several answers beside each other, and the names that they may have. */
final class Lists {
    private Lists() {}

    /** Whether one of the items only says what another's variable is: kπ, k ∈ ℤ. */
    static boolean hasDomain(Expression expression) {
        return expression instanceof Listing(List<Expression> parts)
                && parts.stream().anyMatch(part -> isDomain(part, parts));
    }

    /** The variable that a list says to be any integer: k of kπ, k ∈ ℤ. */
    static Optional<Symbol> integer(Expression expression) {
        if (!(expression instanceof Listing(List<Expression> parts))) return Optional.empty();
        return parts.stream()
                .filter(part -> isDomain(part, parts))
                .map(part -> ((Relation) part).sides())
                .filter(sides -> sides.getLast() instanceof Symbol(String set) && set.equals("set Z"))
                .map(sides -> (Symbol) sides.getFirst())
                .findFirst();
    }

    private static boolean isDomain(Expression part, List<Expression> parts) {
        return part instanceof Relation(List<Expression> sides, List<String> operators)
                && operators.equals(List.of("\u2208"))
                && sides.getFirst() instanceof Symbol(String variable)
                && sides.getLast() instanceof Symbol(String set)
                && set.startsWith("set ")
                && parts.stream().anyMatch(other -> other != part && Variables.has(other, variable));
    }

    /** Items of a list, without those that say what a variable is unless these are asked for. */
    static List<Expression> items(Expression expression, boolean domains) {
        if (domains || !hasDomain(expression) || !(expression instanceof Listing(List<Expression> parts)))
            return items(expression);
        List<Expression> rest =
                parts.stream().filter(part -> !isDomain(part, parts)).toList();
        return items(new Listing(rest));
    }

    /** Items of a list, with those of ± spelled out; one item for anything else. */
    static List<Expression> items(Expression expression) {
        List<Expression> items = new ArrayList<>();
        if (expression instanceof Listing(List<Expression> parts)) {
            for (Expression part : parts) items.addAll(PlusMinus.both(part));
        } else if (member(expression).isPresent()) {
            items.addAll(items(member(expression).get()));
        } else if (expression instanceof Bracketed bracketed && bracketed.isSet()) {
            for (Expression part : bracketed.items()) items.addAll(PlusMinus.both(part));
        } else {
            items.addAll(PlusMinus.both(expression));
        }
        return items;
    }

    /** The set of x ∈ {1, 2}. */
    private static Optional<Bracketed> member(Expression expression) {
        return expression instanceof Relation(List<Expression> sides, List<String> operators)
                        && operators.equals(List.of("\u2208"))
                        && sides.getLast() instanceof Bracketed set
                        && set.isSet()
                ? Optional.of(set)
                : Optional.empty();
    }

    /** (x, y) = (1, 2) as x = 1, y = 2; anything else as it is. */
    static Expression spread(Expression expression) {
        boolean tuples = expression instanceof Relation(List<Expression> sides, List<String> operators)
                && operators.equals(List.of("="))
                && sides.getFirst() instanceof Bracketed names
                && sides.getLast() instanceof Bracketed values
                && Labels.isLabel(names)
                && names.items().size() == values.items().size();
        if (!tuples) return expression;
        List<Expression> names = ((Bracketed) ((Relation) expression).sides().getFirst()).items();
        List<Expression> values = ((Bracketed) ((Relation) expression).sides().getLast()).items();
        List<Expression> equations = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            equations.add(new Relation(List.of(names.get(i), values.get(i)), List.of("=")));
        }
        return new Listing(equations);
    }

    /** Values by name where all items are named, each once; empty otherwise. */
    static Optional<Map<String, Expression>> byName(List<Expression> items) {
        Map<String, Expression> values = new LinkedHashMap<>();
        for (Expression item : items) {
            Optional<Labels.Named> named = item instanceof Relation ? Labels.named(item) : Optional.empty();
            if (named.isEmpty()) return Optional.empty();
            if (values.put(Canonical.of(named.get().name()), named.get().value()) != null) return Optional.empty();
        }
        return Optional.of(values);
    }

    /** Items without their names; p = 5, q = 2, p = 7, q = 2 are the pairs (5, 2), (7, 2). */
    static List<Expression> unnamed(List<Expression> items) {
        List<String> names = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        for (Expression item : items) {
            Optional<Labels.Named> named = item instanceof Relation ? Labels.named(item) : Optional.empty();
            names.add(named.map(found -> Canonical.of(found.name())).orElse(""));
            values.add(named.map(Labels.Named::value).orElse(item));
        }
        int width = names.lastIndexOf(names.getFirst()) == 0
                ? names.size()
                : names.subList(1, names.size()).indexOf(names.getFirst()) + 1;
        if (width < 2 || width == names.size() || names.size() % width != 0 || names.contains("")) return values;
        List<Expression> tuples = new ArrayList<>();
        for (int i = 0; i < names.size(); i += width) {
            if (!names.subList(i, i + width).equals(names.subList(0, width))) return values;
            tuples.add(new Bracketed('(', values.subList(i, i + width), ')'));
        }
        return tuples;
    }

    /** Whether each item of one list is equal to one of the other, and the other way round. */
    static boolean sameSet(List<Expression> a, List<Expression> b, BiPredicate<Expression, Expression> same) {
        return covers(a, b, same) && covers(b, a, (x, y) -> same.test(y, x));
    }

    private static boolean covers(List<Expression> a, List<Expression> b, BiPredicate<Expression, Expression> same) {
        return a.stream().allMatch(x -> b.stream().anyMatch(y -> same.test(x, y)));
    }

    /** Whether the items are equal one by one. */
    static boolean sameOrder(List<Expression> a, List<Expression> b, BiPredicate<Expression, Expression> same) {
        if (a.size() != b.size()) return false;
        for (int i = 0; i < a.size(); i++) {
            if (!same.test(a.get(i), b.get(i))) return false;
        }
        return true;
    }
}
