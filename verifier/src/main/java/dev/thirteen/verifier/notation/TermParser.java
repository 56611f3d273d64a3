package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Token.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads sums, products and powers. */
final class TermParser {
    /** Numbers with more digits, or an exponent of more, are no answers and cost too much. */
    private static final int MAX_DIGITS = 4_000;

    private static final int MAX_EXPONENT = 4_000;
    private static final Set<String> TIMES = Set.of("cdot", "times", "ast", "cdotp", "bullet");
    private static final Set<String> NO_FACTOR = Set.of(
            "cup",
            "bigcup",
            "cap",
            "setminus",
            "backslash",
            "pm",
            "mp",
            "cdot",
            "times",
            "ast",
            "div",
            "rfloor",
            "rceil",
            "rangle",
            "rvert",
            "rVert",
            "mid",
            "ldots",
            "dots",
            "cdots",
            "Rightarrow",
            "implies",
            "iff",
            "therefore",
            "because",
            "Longrightarrow",
            "Leftrightarrow",
            "pmod",
            "bmod",
            "mod",
            "over",
            "choose",
            "not",
            "colon",
            "rbrace",
            "rbrack",
            "to",
            "rightarrow",
            "cdotp",
            "bullet");

    private final Cursor cursor;
    private final AtomParser atoms;

    TermParser(Cursor cursor, Parser parser) {
        this.cursor = cursor;
        this.atoms = new AtomParser(cursor, parser, this);
    }

    Expression sum() {
        cursor.enter();
        List<Expression> terms = new ArrayList<>();
        terms.add(signed());
        while (cursor.peek().is("+") || cursor.peek().is("-") || isPlusMinus()) terms.add(signed());
        cursor.leave();
        return terms.size() == 1 ? terms.getFirst() : new Sum(terms);
    }

    private boolean isPlusMinus() {
        return cursor.peek().isCommand("pm") || cursor.peek().isCommand("mp");
    }

    private Expression signed() {
        if (cursor.accept("+")) return signed(1);
        if (cursor.accept("-")) return negated(signed(1));
        if (isPlusMinus()) {
            Symbol sign = new Symbol(cursor.next().text().equals("pm") ? "\u00b1" : "\u2213");
            return new Product(List.of(sign, signed(1)));
        }
        return product();
    }

    private Expression signed(int signs) {
        if (signs > 8) throw new UnreadableException("a row of signs");
        if (cursor.accept("+")) return signed(signs + 1);
        if (cursor.accept("-")) return negated(signed(signs + 1));
        return product();
    }

    static Expression negated(Expression term) {
        return term instanceof Number(Rational value, int decimals)
                ? new Number(value.negated(), decimals)
                : new Product(List.of(Number.of(-1), term));
    }

    private Expression product() {
        List<Expression> factors = new ArrayList<>();
        factors.add(leading());
        while (true) {
            Token token = cursor.peek();
            if (token.is("*") || token.is(Kind.COMMAND) && TIMES.contains(token.text())) {
                cursor.next();
                factors.add(signedFactor());
            } else if (token.is("/") || token.isCommand("div")) {
                cursor.next();
                factors.add(new Power(signedFactor(), Number.of(-1)));
            } else if (token.isCommand("pmod") || token.isCommand("bmod") || token.isCommand("mod")) {
                return modulus(product(factors));
            } else if (token.is("(") && cursor.peek(1).is(Kind.WORDS)) {
                return product(factors); // 15 (fifteen)
            } else if (startsFactor(token) && !cursor.differential()) {
                if (token.is(Kind.NUMBER) && cursor.before().is(Kind.NUMBER))
                    throw new UnreadableException("two numbers");
                factors.add(factor());
            } else {
                return product(factors);
            }
        }
    }

    /** Modulo m, of which only the number counts; as an operation it is what is left. */
    private Expression modulus(Expression value) {
        String name = cursor.next().text();
        Expression modulus = factor();
        return name.equals("bmod") ? new Apply("mod", List.of(value, modulus)) : new Measured(value, name);
    }

    private static Expression product(List<Expression> factors) {
        return factors.size() == 1 ? factors.getFirst() : new Product(factors);
    }

    private Expression signedFactor() {
        if (cursor.accept("-")) return negated(signedFactor());
        if (cursor.accept("+")) return signedFactor();
        return factor();
    }

    /** The first factor, which may be a mixed number: 4 4/9 and 4\frac{4}{9}. */
    private Expression leading() {
        Token token = cursor.peek();
        boolean whole = token.is(Kind.NUMBER) && token.text().chars().allMatch(c -> c >= '0' && c <= '9');
        Expression first = factor();
        if (!whole || !(first instanceof Number number)) return first;
        Token next = cursor.peek();
        if (next.is(Kind.NUMBER) && cursor.peek(1).is("/") && cursor.peek(2).is(Kind.NUMBER)) {
            Rational top = number(cursor.next().text()).value();
            cursor.next();
            Rational bottom = number(cursor.next().text()).value();
            if (!top.isInteger() || !bottom.isInteger() || top.compareTo(bottom) >= 0) {
                throw new UnreadableException("a mixed number whose fraction is none");
            }
            return percentOf(new Number(number.value().plus(top.times(bottom.inverse())), Expression.NO_POINT));
        }
        if (next.isCommand("frac") || next.isCommand("dfrac") || next.isCommand("tfrac")) {
            Expression second = factor();
            boolean percent = second instanceof Measured(Number _, String unit) && unit.equals("%");
            Expression fraction = second instanceof Measured(Expression value, String _) && percent ? value : second;
            if (!(fraction instanceof Number(Rational value, int _))
                    || value.signum() <= 0
                    || value.compareTo(Rational.ONE) >= 0) {
                return new Product(List.of(first, second));
            }
            Number mixed = new Number(number.value().plus(value), Expression.NO_POINT);
            return percent ? new Measured(mixed, "%") : percentOf(mixed);
        }
        return first;
    }

    private Expression percentOf(Expression value) {
        return cursor.accept("%") ? new Measured(value, "%") : value;
    }

    /** What may stand beside another factor without a sign between them. */
    boolean startsFactor(Token token) {
        return switch (token.kind()) {
            case NUMBER, LETTERS -> true;
            case COMMAND -> !NO_FACTOR.contains(token.text()) && !Vocabulary.RELATIONS.containsKey(token.text());
            case SYMBOL ->
                token.is("(")
                        || token.is("{")
                        || token.is("\\{")
                        || token.is("[")
                        || token.is("|") && !cursor.inBars()
                        || token.text().startsWith("begin:");
            case WORDS, END -> false;
        };
    }

    /** An atom with all that is written behind and above it. */
    Expression factor() {
        cursor.enter();
        Expression base = atoms.atom();
        boolean more = true;
        while (more) {
            Token token = cursor.peek();
            more = true;
            if (token.is("^")) {
                cursor.next();
                base = raised(base);
            } else if (token.is("_")) {
                cursor.next();
                base = atoms.subscripted(base);
            } else if (token.is("!")) {
                cursor.next();
                base = new Apply("factorial", List.of(base));
            } else if (token.is("%")) {
                cursor.next();
                base = new Measured(base, "%");
            } else if (token.is("\u00b0")) {
                cursor.next();
                base = new Measured(base, "\u00b0");
            } else if (token.is("{") && cursor.peek(1).is("}")) {
                cursor.next();
                cursor.next();
            } else if (token.is("'")) {
                cursor.next();
                base = atoms.primed(base);
            } else {
                more = false;
            }
        }
        cursor.leave();
        return base;
    }

    private Expression raised(Expression base) {
        if (cursor.peek().isCommand("circ")) {
            cursor.next();
            return new Measured(base, "\u00b0");
        }
        if (cursor.peek().is("{") && cursor.peek(1).isCommand("circ")) {
            cursor.next();
            cursor.next();
            cursor.expect("}");
            return new Measured(base, "\u00b0");
        }
        if (cursor.peek().is("{")
                && cursor.peek(1).isCommand("prime")
                && cursor.peek(2).is("}")) {
            for (int i = 0; i < 3; i++) cursor.next();
            return atoms.primed(base);
        }
        if (cursor.peek().isCommand("prime")) {
            cursor.next();
            return atoms.primed(base);
        }
        return new Power(base, exponent());
    }

    /** What stands in an exponent: braces, or one factor with its sign; powers associate to the right. */
    Expression exponent() {
        if (cursor.accept("-")) return negated(exponent());
        if (cursor.accept("+")) return exponent();
        cursor.enter();
        Expression exponent = atoms.atom();
        if (cursor.accept("^")) exponent = new Power(exponent, exponent());
        cursor.leave();
        return exponent;
    }

    /** A product, as the term of a sum over a variable. */
    Expression term() {
        return product();
    }

    /** An atom, and nothing of what is written behind it. */
    Expression exponentAtom() {
        return atoms.atom();
    }

    /** Brackets of a function: a power behind them is one of the function's value. */
    Expression factorWithoutPower() {
        cursor.enter();
        Expression inner = atoms.atom();
        cursor.leave();
        return inner;
    }

    static Number number(String digits) {
        int e = digits.indexOf('e');
        // An argument that LaTeX takes digit by digit may leave a point or an exponent alone: \frac 1. and \frac 1e5
        int mantissa = e < 0 ? digits.length() : e;
        if (digits.chars().limit(mantissa).noneMatch(Character::isDigit)) {
            throw new UnreadableException("a number without digits");
        }
        if (digits.length() > MAX_DIGITS) throw new UnreadableException("a number of too many digits");
        if (e >= 0) {
            String exponent = digits.substring(e + 1);
            if (exponent.length() > 6 || Math.abs(Integer.parseInt(exponent)) > MAX_EXPONENT) {
                throw new UnreadableException("a number out of all bounds");
            }
        }
        BigDecimal value = new BigDecimal(digits);
        boolean pointed = digits.indexOf('.') >= 0 && !digits.endsWith(".");
        int decimals = pointed ? Math.max(0, value.scale()) : Expression.NO_POINT;
        return new Number(Rational.of(value), e >= 0 && pointed ? value.scale() : decimals);
    }
}
