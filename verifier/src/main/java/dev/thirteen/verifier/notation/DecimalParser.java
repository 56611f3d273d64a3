package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Token.Kind;
import java.math.BigDecimal;

/** Reads numbers, and repeating decimals behind them. */
final class DecimalParser {
    private final Cursor cursor;

    DecimalParser(Cursor cursor) {
        this.cursor = cursor;
    }

    /** A number; one that ends in a point may have repeating decimals behind it. */
    Expression number(String digits) {
        boolean pointed = digits.indexOf('.') >= 0;
        if (pointed
                && cursor.peek().isCommand("overline")
                && cursor.peek(1).is("{")
                && cursor.peek(2).is(Kind.NUMBER)
                && cursor.peek(3).is("}")) {
            String repeated = cursor.peek(2).text();
            for (int i = 0; i < 4; i++) cursor.next();
            return new Number(period(digits, repeated), Expression.NO_POINT);
        }
        if (pointed && cursor.peek().isCommand("dot")) return new Number(period(digits, dotted()), Expression.NO_POINT);
        return TermParser.number(digits);
    }

    /** Repeating decimals with dots above the first and the last: 0.1\dot{6} and 0.\dot{1}4285\dot{7}. */
    private String dotted() {
        String repeated = dotDigits();
        boolean closed = cursor.peek().is(Kind.NUMBER) && cursor.peek(1).isCommand("dot");
        if (closed) repeated += cursor.next().text() + dotDigits();
        else if (cursor.peek().isCommand("dot")) repeated += dotDigits();
        return repeated;
    }

    private String dotDigits() {
        cursor.next();
        boolean braced = cursor.accept("{");
        if (!cursor.peek().is(Kind.NUMBER)) throw new UnreadableException("a dot above no digit");
        String digits = braced ? cursor.next().text() : cursor.digit();
        if (braced) cursor.expect("}");
        return digits;
    }

    /** A decimal with a period behind it. */
    private static Rational period(String digits, String repeated) {
        if (repeated.length() > 100 || !repeated.chars().allMatch(c -> c >= '0' && c <= '9'))
            throw new UnreadableException("a long period");
        int shift = digits.endsWith(".") ? 0 : digits.length() - digits.indexOf('.') - 1;
        Rational nines = Rational.of(BigDecimal.TEN.pow(repeated.length())).minus(Rational.ONE);
        Rational tail = TermParser.number(repeated)
                .value()
                .times(nines.inverse())
                .times(Rational.of(BigDecimal.TEN.pow(shift)).inverse());
        return TermParser.number(digits).value().plus(tail);
    }
}
