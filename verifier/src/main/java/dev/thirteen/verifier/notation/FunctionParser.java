package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads functions, fractions, roots, sums and what else has arguments of its own. */
final class FunctionParser {
    private static final Map<String, String> SAME = Map.ofEntries(
            Map.entry("asin", "arcsin"),
            Map.entry("acos", "arccos"),
            Map.entry("atan", "arctan"),
            Map.entry("arsinh", "arcsinh"),
            Map.entry("arcosh", "arccosh"),
            Map.entry("artanh", "arctanh"),
            Map.entry("log", "ln"));

    private final Cursor cursor;
    private final Parser parser;
    private final TermParser terms;

    FunctionParser(Cursor cursor, Parser parser, TermParser terms) {
        this.cursor = cursor;
        this.parser = parser;
        this.terms = terms;
    }

    Expression read(String name) {
        return switch (name) {
            case "frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac" -> fraction();
            case "binom", "dbinom", "tbinom" -> new Apply("binom", List.of(argument(), argument()));
            case "sqrt" -> root();
            case "cbrt" -> new Apply("root", List.of(argument(), Number.of(3)));
            case "exp" -> new Power(new Symbol("e"), functionArgument());
            case "sum", "prod" -> summation(name);
            case "int", "lim", "iint", "oint" -> limits(name);
            case "circ" -> throw new UnreadableException("a circle");
            default -> {
                if (!Vocabulary.FUNCTIONS.contains(name)) throw new UnreadableException("unknown \\" + name);
                yield function(name);
            }
        };
    }

    /** A quotient of integers is a number, so that mixed numbers can be told. */
    private Expression fraction() {
        Expression top = argument();
        Expression bottom = argument();
        boolean plain = top instanceof Number a
                && bottom instanceof Number b
                && a.value().isInteger()
                && b.value().isInteger()
                && a.decimals() < 0
                && b.decimals() < 0
                && b.value().signum() != 0;
        if (plain && top instanceof Number a && bottom instanceof Number b) {
            return new Number(a.value().times(b.value().inverse()), Expression.NO_POINT);
        }
        return new Product(List.of(top, new Power(bottom, Number.of(-1))));
    }

    /** An argument of a command: braces, or the next character. */
    private Expression argument() {
        if (cursor.peek().is(Kind.NUMBER)) return TermParser.number(cursor.digit());
        if (cursor.peek().is(Kind.LETTERS)) return new Symbol(cursor.next().text());
        return terms.exponentAtom();
    }

    private Expression root() {
        if (cursor.peek().is("[")) {
            cursor.next();
            Expression degree = terms.sum();
            cursor.expect("]");
            return new Apply("root", List.of(radicand(), degree));
        }
        return new Apply("sqrt", List.of(radicand()));
    }

    private Expression radicand() {
        cursor.enter();
        Expression radicand =
                terms.startsFactor(cursor.peek()) && !cursor.peek().is(Kind.COMMAND)
                        ? plainAtom()
                        : terms.exponentAtom();
        cursor.leave();
        return radicand;
    }

    private Expression plainAtom() {
        if (cursor.peek().is(Kind.LETTERS)) return new Symbol(cursor.next().text());
        return terms.exponentAtom();
    }

    /** cos x + i sin x. */
    private static Expression direction(Expression angle) {
        Expression across = new Apply("sin", List.of(angle));
        return new Expression.Sum(
                List.of(new Apply("cos", List.of(angle)), new Product(List.of(new Symbol("i"), across))));
    }

    private Expression function(String written) {
        String name = SAME.getOrDefault(written, written);
        Expression base = null;
        Expression power = null;
        while (cursor.peek().is("_") || cursor.peek().is("^")) {
            if (cursor.next().is("_")) {
                base = terms.exponentAtom();
            } else {
                power = terms.exponent();
            }
        }
        if (power instanceof Number(Rational value, int _) && value.equals(Rational.of(-1)) && !name.equals("ln")) {
            name = "arc" + name;
            power = null;
        }
        boolean listed = name.equals("gcd") || name.equals("lcm") || name.equals("max") || name.equals("min");
        List<Expression> arguments = new ArrayList<>(listed ? listedArguments() : List.of(functionArgument()));
        if (name.equals("cis")) return direction(arguments.getFirst());
        if (base != null && name.equals("ln")) {
            Expression quotient = new Power(new Apply("ln", List.of(base)), Number.of(-1));
            return power(new Product(List.of(new Apply("ln", arguments), quotient)), power);
        }
        if (name.equals("lg")) {
            Expression ten = new Power(new Apply("ln", List.of(Number.of(10))), Number.of(-1));
            return power(new Product(List.of(new Apply("ln", arguments), ten)), power);
        }
        // A base that is written says which logarithm; one that is not leaves two readings.
        String function = written.equals("log") ? "log" : name;
        return power(new Apply(function, arguments), power);
    }

    private static Expression power(Expression base, @org.jspecify.annotations.Nullable Expression power) {
        return power == null ? base : new Power(base, power);
    }

    private List<Expression> listedArguments() {
        Expression argument = functionArgument();
        return argument instanceof Bracketed bracketed ? bracketed.items() : List.of(argument);
    }

    /** What a function is of: brackets, or the factors that follow up to a sign or another function. */
    private Expression functionArgument() {
        Token token = cursor.peek();
        if (token.is("(") || token.is("[") || token.is("{") || token.is("|") || token.isCommand("lvert"))
            return terms.factorWithoutPower();
        List<Expression> factors = new ArrayList<>();
        if (cursor.accept("-")) factors.add(Number.of(-1));
        factors.add(terms.factor());
        while (terms.startsFactor(cursor.peek())
                && !cursor.peek().is("(")
                && !isFunction(cursor.peek())
                && !cursor.differential()) {
            factors.add(terms.factor());
        }
        if (cursor.peek().is("/") && cursor.peek(1).is(Kind.NUMBER)) { // sin pi/7
            cursor.next();
            factors.add(new Power(terms.factor(), Number.of(-1)));
        }
        return factors.size() == 1 ? factors.getFirst() : new Product(factors);
    }

    private static boolean isFunction(Token token) {
        return token.is(Kind.COMMAND)
                && Vocabulary.FUNCTIONS.contains(token.text())
                && !token.text().equals("sqrt");
    }

    /** A sum or product over a variable: variable, lower end, upper end, term. */
    private Expression summation(String name) {
        cursor.expect("_");
        Expression lower = braced();
        cursor.expect("^");
        Expression upper = terms.exponent();
        Expression term = terms.term();
        if (!(lower instanceof Relation relation) || !relation.operators().equals(List.of("="))) {
            throw new UnreadableException("a sum over what");
        }
        return new Apply(name, List.of(relation.sides().get(0), relation.sides().get(1), upper, term));
    }

    private Expression braced() {
        cursor.expect("{");
        Expression content = parser.item();
        cursor.expect("}");
        return content;
    }

    private Expression limits(String name) {
        List<Expression> parts = new ArrayList<>();
        while (cursor.peek().is("_") || cursor.peek().is("^")) {
            cursor.next();
            parts.add(cursor.peek().is("{") ? braced() : terms.exponentAtom());
        }
        parts.add(name.endsWith("int") ? integrand() : terms.term());
        return new Apply(name, parts);
    }

    /** What is integrated, a sum too where its dx stands behind it, and then d and the variable as its last factors. */
    private Expression integrand() {
        if (!cursor.differentialAhead()) return terms.term();
        boolean outer = cursor.setIntegral(true);
        Expression integrand = cursor.differential() ? Number.of(1) : terms.sum();
        boolean closed = cursor.differential();
        cursor.setIntegral(outer);
        if (!closed) return integrand;
        Symbol d = new Symbol(cursor.next().text());
        return new Product(List.of(integrand, d, new Symbol(cursor.next().text())));
    }
}
