package dev.thirteen.verifier.value;

/** Elementary functions of complex floating point, on their principal branches. */
final class Functions {
    private Functions() {}

    static Approx apply(String function, Approx x) {
        return switch (function) {
            case "ln" -> log(x);
            case "exp" -> exp(x);
            case "sqrt" -> sqrt(x);
            case "abs" -> Approx.of(x.size(), 0, x.error());
            case "sin" -> sin(x);
            case "cos" -> cos(x);
            case "tan" -> over(sin(x), cos(x));
            case "cot" -> over(cos(x), sin(x));
            case "sec" -> over(one(), cos(x));
            case "csc" -> over(one(), sin(x));
            case "sinh" -> half(minus(exp(x), exp(negated(x))));
            case "cosh" -> half(plus(exp(x), exp(negated(x))));
            case "tanh" -> over(apply("sinh", x), apply("cosh", x));
            case "coth" -> over(apply("cosh", x), apply("sinh", x));
            case "sech" -> over(one(), apply("cosh", x));
            case "csch" -> over(one(), apply("sinh", x));
            case "arcsin" -> arcsin(x);
            case "arccos" -> minus(Approx.of(Math.PI / 2, 0, 0), arcsin(x));
            case "arctan" -> arctan(x);
            case "arccot" -> minus(Approx.of(Math.PI / 2, 0, 0), arctan(x));
            case "arcsec" -> apply("arccos", over(one(), x));
            case "arccsc" -> arcsin(over(one(), x));
            case "arcsinh" -> log(plus(x, sqrt(plus(square(x), one()))));
            case "arccosh" -> log(plus(x, times(sqrt(minus(x, one())), sqrt(plus(x, one())))));
            case "arctanh" -> half(log(over(plus(one(), x), minus(one(), x))));
            case "Re" -> Approx.of(x.re(), 0, x.error());
            case "Im" -> Approx.of(x.im(), 0, x.error());
            case "floor" -> rounded(x, Math.floor(x.re()));
            case "ceil" -> rounded(x, Math.ceil(x.re()));
            case "sgn" -> sign(x);
            case "factorial" -> Gamma.factorial(x);
            default -> throw new UnevaluableException("unknown function " + function);
        };
    }

    private static Approx one() {
        return new Approx(1, 0, 0);
    }

    private static Approx rounded(Approx x, double value) {
        if (!x.isReal()
                || Math.abs(x.re() - Math.rint(x.re())) <= 4 * x.error()
                        && x.error() > 0
                        && x.re() != Math.rint(x.re())) {
            throw new UnevaluableException("too near a jump");
        }
        return Approx.of(value, 0, 0);
    }

    private static Approx sign(Approx x) {
        if (!x.isReal() || x.size() <= x.error()) throw new UnevaluableException("no sign");
        return new Approx(Math.signum(x.re()), 0, 0);
    }

    static Approx log(Approx x) {
        double size = x.size();
        if (size <= x.error()) throw new UnevaluableException("a logarithm of zero");
        double angle = x.im() == 0 ? (x.re() < 0 ? Math.PI : 0) : Math.atan2(x.im(), x.re());
        return Approx.of(Math.log(size), angle, x.error() / size);
    }

    static Approx exp(Approx x) {
        double size = Math.exp(x.re());
        if (x.im() == 0) return Approx.of(size, 0, size * (x.error() + Math.abs(x.re()) * Approx.EPSILON));
        double error = size * (x.error() + x.size() * Approx.EPSILON);
        return Approx.of(size * Math.cos(x.im()), size * Math.sin(x.im()), error);
    }

    private static Approx sqrt(Approx x) {
        double size = x.size();
        double error = size <= 4 * x.error() ? Math.sqrt(4 * x.error()) : x.error() / (2 * Math.sqrt(size));
        if (x.im() == 0) {
            double root = Math.sqrt(Math.abs(x.re()));
            return x.re() >= 0 ? Approx.of(root, 0, error) : Approx.of(0, root, error);
        }
        double re = Math.sqrt((size + Math.abs(x.re())) / 2);
        double im = Math.abs(x.im()) / (2 * re);
        double sign = Math.signum(x.im());
        return x.re() >= 0 ? Approx.of(re, sign * im, error) : Approx.of(im, sign * re, error);
    }

    private static Approx sin(Approx x) {
        double error = x.error() + Math.abs(x.re()) * Approx.EPSILON;
        if (x.im() == 0) return Approx.of(Math.sin(x.re()), 0, error);
        double growth = Math.cosh(x.im());
        return Approx.of(Math.sin(x.re()) * growth, Math.cos(x.re()) * Math.sinh(x.im()), error * growth);
    }

    private static Approx cos(Approx x) {
        double error = x.error() + Math.abs(x.re()) * Approx.EPSILON;
        if (x.im() == 0) return Approx.of(Math.cos(x.re()), 0, error);
        double growth = Math.cosh(x.im());
        return Approx.of(Math.cos(x.re()) * growth, -Math.sin(x.re()) * Math.sinh(x.im()), error * growth);
    }

    private static Approx arcsin(Approx x) {
        if (x.im() == 0 && Math.abs(x.re()) <= 1) {
            double slope = Math.sqrt(Math.max(1 - x.re() * x.re(), x.error() + Approx.EPSILON));
            return Approx.of(Math.asin(x.re()), 0, x.error() / slope);
        }
        Approx root = sqrt(minus(one(), square(x)));
        Approx log = log(plus(new Approx(-x.im(), x.re(), x.error()), root)); // arcsin z = -i ln(iz + sqrt(1 - z²))
        return new Approx(log.im(), -log.re(), log.error());
    }

    private static Approx arctan(Approx x) {
        if (x.im() == 0) return Approx.of(Math.atan(x.re()), 0, x.error());
        Approx turned = new Approx(-x.im(), x.re(), x.error());
        Approx log = log(over(plus(one(), turned), minus(one(), turned))); // arctan z = ln((1 + iz)/(1 - iz))/2i
        return new Approx(log.im() / 2, -log.re() / 2, log.error());
    }

    private static Approx square(Approx x) {
        return times(x, x);
    }

    private static Approx negated(Approx x) {
        return new Approx(-x.re(), -x.im(), x.error());
    }

    private static Approx half(Approx x) {
        return new Approx(x.re() / 2, x.im() / 2, x.error() / 2);
    }

    private static Approx plus(Approx a, Approx b) {
        return Approx.of(a.re() + b.re(), a.im() + b.im(), a.error() + b.error());
    }

    private static Approx minus(Approx a, Approx b) {
        return plus(a, negated(b));
    }

    private static Approx times(Approx a, Approx b) {
        double error = a.size() * b.error() + b.size() * a.error();
        return Approx.of(a.re() * b.re() - a.im() * b.im(), a.re() * b.im() + a.im() * b.re(), error);
    }

    private static Approx over(Approx a, Approx b) {
        double size = b.size();
        if (size <= 4 * b.error()) throw new UnevaluableException("a division by zero");
        double square = size * size;
        Approx inverse = Approx.of(b.re() / square, -b.im() / square, b.error() / square);
        return times(a, inverse);
    }
}
