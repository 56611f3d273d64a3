package dev.thirteen.engine.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Python's + - * / // % **. */
record Arithmetic(Rendering rendering) {
    Object apply(String operator, Object left, Object right) {
        if (left instanceof Undefined undefined) throw undefined.problem();
        if (operator.equals("%") && Types.isText(left)) return formatted(left, right);
        if (right instanceof Undefined undefined) throw undefined.problem();
        if (Types.isNumber(left) && Types.isNumber(right))
            return Numbers.isInteger(left) && Numbers.isInteger(right)
                    ? integers(operator, Numbers.integer(left), Numbers.integer(right))
                    : reals(operator, Numbers.real(left), Numbers.real(right));
        if (operator.equals("+")) return joined(left, right);
        if (operator.equals("*") && Numbers.isInteger(right)) return repeated(left, Numbers.integer(right));
        if (operator.equals("*") && Numbers.isInteger(left)) return repeated(right, Numbers.integer(left));
        throw unsupported(operator, left, right);
    }

    private static Problem unsupported(String operator, Object left, Object right) {
        return new Problem("unsupported operand type(s) for %s: '%s' and '%s'"
                .formatted(operator, Types.name(left), Types.name(right)));
    }

    private Object formatted(Object format, Object values) {
        if (format instanceof Markup) throw new Problem("% of safe text is not supported");
        return PercentFormat.of(rendering, (String) format, values);
    }

    Object signed(boolean negative, Object value) {
        return switch (value) {
            case Double number -> negative ? -number : number;
            case Undefined undefined -> throw undefined.problem();
            default -> {
                if (!Numbers.isInteger(value))
                    throw new Problem(
                            "bad operand type for unary %s: '%s'".formatted(negative ? "-" : "+", Types.name(value)));
                yield negative ? Numbers.integer(value).negate() : Numbers.integer(value);
            }
        };
    }

    private static Object integers(String operator, BigInteger left, BigInteger right) {
        return switch (operator) {
            case "+" -> bounded(left.add(right));
            case "-" -> bounded(left.subtract(right));
            case "*" -> bounded(left.multiply(right));
            case "**" -> power(left, right);
            default -> {
                if (right.signum() == 0) throw new Problem("division by zero");
                yield switch (operator) {
                    case "/" -> quotient(left, right);
                    case "//" -> floor(left, right);
                    default -> left.subtract(floor(left, right).multiply(right));
                };
            }
        };
    }

    private static BigInteger bounded(BigInteger value) {
        if (value.bitLength() > Budget.BITS) throw new Problem("an integer is too big");
        return value;
    }

    private static Object power(BigInteger base, BigInteger exponent) {
        if (exponent.signum() < 0) return reals("**", Numbers.real(base), Numbers.real(exponent));
        long bits = (long) Math.max(base.bitLength(), 1) * Numbers.position(exponent);
        boolean trivial = base.abs().compareTo(BigInteger.ONE) <= 0;
        if (trivial) return exponent.testBit(0) || base.signum() == 0 && exponent.signum() > 0 ? base : BigInteger.ONE;
        if (bits > Budget.BITS) throw new Problem("an integer is too big");
        return base.pow(exponent.intValueExact());
    }

    private static Double quotient(BigInteger left, BigInteger right) {
        boolean exact = left.bitLength() <= 53 && right.bitLength() <= 53;
        double value = exact
                ? left.doubleValue() / right.doubleValue()
                : new BigDecimal(left)
                        .divide(new BigDecimal(right), new MathContext(60))
                        .doubleValue();
        if (Double.isInfinite(value)) throw new Problem("integer division result too large for a float");
        return value;
    }

    private static BigInteger floor(BigInteger left, BigInteger right) {
        BigInteger[] parts = left.divideAndRemainder(right);
        boolean down = parts[1].signum() != 0 && parts[1].signum() != right.signum();
        return down ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private static Object reals(String operator, double left, double right) {
        if (right == 0 && List.of("/", "//", "%").contains(operator)) throw new Problem("float division by zero");
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> left / right;
            case "//" -> floored(left, right);
            case "%" -> remainder(left, right);
            default -> power(left, right);
        };
    }

    private static double remainder(double left, double right) {
        double rest = left % right;
        if (rest == 0) return Math.copySign(0, right);
        return rest < 0 != right < 0 ? rest + right : rest;
    }

    private static double floored(double left, double right) {
        double quotient = (left - remainder(left, right)) / right;
        if (quotient == 0) return Math.copySign(0, left / right);
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double power(double base, double exponent) {
        if (base == 0 && exponent < 0) throw new Problem("0.0 cannot be raised to a negative power");
        if (base < 0 && Double.isFinite(exponent) && exponent != Math.rint(exponent))
            throw new Problem("complex numbers are not supported");
        if (base == 1 || exponent == 0) return 1;
        double value = Math.pow(base, exponent);
        if (Double.isInfinite(value) && Double.isFinite(base) && Double.isFinite(exponent))
            throw new Problem("Numerical result out of range");
        return value;
    }

    private Object joined(Object left, Object right) {
        if (left instanceof String a && right instanceof String b) return concatenated(a, b);
        if (Types.isText(left) && Types.isText(right)) return new Markup(concatenated(escaped(left), escaped(right)));
        if (left instanceof Tuple a && right instanceof Tuple b) return new Tuple(concatenated(a.items(), b.items()));
        if (isList(left) && isList(right)) return concatenated((List<?>) left, (List<?>) right);
        throw unsupported("+", left, right);
    }

    private static String escaped(Object text) {
        return text instanceof Markup markup ? markup.text() : Markup.escaped((String) text);
    }

    private static boolean isList(Object value) {
        return value instanceof List<?> && !(value instanceof Range);
    }

    private String concatenated(String a, String b) {
        rendering.budget().text((long) a.length() + b.length());
        return a + b;
    }

    private List<Object> concatenated(List<?> a, List<?> b) {
        rendering.budget().items((long) a.size() + b.size());
        List<Object> both = new ArrayList<>(a);
        both.addAll(b);
        return both;
    }

    private Object repeated(Object value, BigInteger times) {
        if (times.bitLength() > 63) throw new Problem("cannot fit 'int' into an index-sized integer");
        int count = Math.max(0, Numbers.position(times));
        return switch (value) {
            case String text -> repeated(text, count);
            case Markup markup -> new Markup(repeated(markup.text(), count));
            case Tuple tuple -> new Tuple(repeated(tuple.items(), count));
            case Object list when isList(list) -> repeated((List<?>) list, count);
            default -> throw new Problem("can't multiply sequence by non-int of type '" + Types.name(value) + "'");
        };
    }

    private String repeated(String text, int count) {
        rendering.budget().text((long) text.length() * count);
        return text.repeat(count);
    }

    private List<Object> repeated(List<?> items, int count) {
        rendering.budget().items((long) items.size() * count);
        List<Object> all = new ArrayList<>();
        for (List<?> copy : Collections.nCopies(items.isEmpty() ? 0 : count, items)) all.addAll(copy);
        return all;
    }
}
