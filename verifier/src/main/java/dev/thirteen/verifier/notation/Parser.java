package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Listing;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.SetOperation;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Expression.Words;
import dev.thirteen.verifier.notation.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads answers: lists of relations between sets and terms. Time and memory are linear in the text, which is bounded. */
public final class Parser {
    /** Longer answers are compared as text. */
    public static final int MAX_LENGTH = 20_000;

    private static final Pattern DECIMAL_COMMA =
            Pattern.compile("[^\\d,(){}\\[\\]]*+\\d++(?:\\.\\d{3})*+,\\d++[^\\d,(){}\\[\\]]*+");
    /** An amount of dollars and nothing else; between two dollars it is a formula. */
    private static final Pattern MONEY = Pattern.compile("\\s*+(-?)\\\\?\\$\\s*+(-?\\d[\\d,.]*+)\\s*+");

    private static final Pattern GROUP = Pattern.compile("\\d,\\d{3}(?!\\d)");
    private static final Set<String> ARROWS =
            Set.of("Rightarrow", "implies", "Longrightarrow", "iff", "Leftrightarrow", "therefore", "because");
    private static final Map<String, Character> SET_OPERATORS =
            Map.of("cup", '\u222a', "bigcup", '\u222a', "cap", '\u2229', "setminus", '\u2216', "backslash", '\u2216');
    private static final String RELATIONS = "=<>\u2264\u2265\u2260\u2248~";

    private final Cursor cursor;
    private final TermParser terms;

    private Parser(Cursor cursor) {
        this.cursor = cursor;
        this.terms = new TermParser(cursor, this);
    }

    /** All ways to read a text, the likeliest first; none when it is no mathematics. */
    public static List<Expression> readings(String text) {
        if (text.length() > MAX_LENGTH) return List.of();
        Optional<Expression> said = NumberWords.value(text);
        if (said.isPresent()) return List.of(said.get());
        Optional<Rational> chinese = ChineseNumbers.value(text);
        if (chinese.isPresent()) return List.of(new Expression.Number(chinese.get(), Expression.NO_POINT));
        Optional<String> time = Times.of(text);
        if (time.isPresent()) return List.of(new Words(time.get()));
        Matcher money = MONEY.matcher(text);
        if (text.indexOf('$') >= 0 && money.matches()) {
            return readings(money.group(1) + money.group(2)).stream()
                    .<Expression>map(amount -> new Measured(amount, "dollar"))
                    .toList();
        }
        String plain = Spelling.plain(text);
        Set<Expression> readings = new LinkedHashSet<>(Amounts.readings(text));
        read(plain, NumberStyle.GROUPED).ifPresent(readings::add);
        if (GROUP.matcher(plain).find()) read(plain, NumberStyle.LISTED).ifPresent(readings::add);
        boolean grouped = !plain.contains("0,") && GROUP.matcher(plain).find();
        if (!grouped && DECIMAL_COMMA.matcher(plain).matches())
            read(plain, NumberStyle.CONTINENTAL).ifPresent(readings::add);
        return List.copyOf(readings);
    }

    /** Whether a text has no readings because it is too long, or nested too deep, for anything to be found in it. */
    public static boolean isTooMuch(String text) {
        if (text.length() > MAX_LENGTH) return true;
        try {
            new Parser(new Cursor(Lexer.tokens(Spelling.plain(text), NumberStyle.GROUPED))).all();
            return false;
        } catch (UnreadableException e) {
            return e.isTooMuch();
        }
    }

    private static Optional<Expression> read(String plain, NumberStyle style) {
        try {
            return Optional.of(new Parser(new Cursor(Lexer.tokens(plain, style))).all());
        } catch (UnreadableException _) {
            return Optional.empty(); // that it cannot be read is the answer
        }
    }

    private Expression all() {
        List<Expression> items = items();
        if (!cursor.atEnd())
            throw new UnreadableException("unexpected " + cursor.peek().text());
        if (items.isEmpty()) throw new UnreadableException("nothing");
        return items.size() == 1 ? items.getFirst() : new Listing(items);
    }

    /** Items with separators between them, up to what is no item. */
    List<Expression> items() {
        cursor.enter();
        boolean integral = cursor.setIntegral(false);
        List<Expression> items = new ArrayList<>();
        while (true) {
            while (separator()) {}
            if (arrow()) {
                items.clear();
                continue;
            }
            if (cursor.atEnd() || closes(cursor.peek()) && !dots() && !reversed()) break;
            items.add(item());
            Token token = cursor.peek();
            boolean more = isSeparator(token) || token.is(Kind.COMMAND) && ARROWS.contains(token.text());
            if (!more) break;
        }
        while (cursor.accept(".")) {}
        cursor.setIntegral(integral);
        cursor.leave();
        return items;
    }

    /** The bracket of ]a, b[, where nothing is open that it could close. */
    private boolean reversed() {
        return cursor.mark() == 0 && cursor.peek().is("]");
    }

    private boolean dots() {
        return cursor.peek().is(".") && cursor.peek(1).is(".");
    }

    private boolean arrow() {
        if (!cursor.peek().is(Kind.COMMAND) || !ARROWS.contains(cursor.peek().text())) return false;
        cursor.next();
        return true;
    }

    private boolean separator() {
        if (!isSeparator(cursor.peek())) return false;
        cursor.next();
        return true;
    }

    private static boolean isSeparator(Token token) {
        return token.is(",") || token.is(";") || token.is("and") || token.is("\\quad") || token.is("\\\\");
    }

    private static boolean closes(Token token) {
        return token.is(")")
                || token.is("]")
                || token.is("}")
                || token.is("\\}")
                || token.is(".")
                || token.is("&")
                || token.is(Kind.SYMBOL) && token.text().startsWith("end:");
    }

    /** A relation, a ratio, a set or a term. */
    Expression item() {
        cursor.enter();
        // The left side is what was asked for: "\\approx 8.24", "= 5".
        if (cursor.peek().isCommand("approx")
                || cursor.peek().is("\u2248")
                || cursor.peek().is("=")) cursor.next();
        List<String> operators = new ArrayList<>();
        boolean bound = isInequality(cursor.peek()); // "> 3" says the same of a variable that it does not name
        List<Expression> sides = new ArrayList<>(List.of(bound ? new Symbol("") : ratio()));
        for (String operator = relation(); operator != null; operator = relation()) {
            operators.add(operator);
            sides.add(ratio());
        }
        cursor.leave();
        return sides.size() == 1 ? sides.getFirst() : new Relation(sides, operators);
    }

    private static boolean isInequality(Token token) {
        String operator = token.is(Kind.COMMAND) ? Vocabulary.RELATIONS.getOrDefault(token.text(), "") : token.text();
        return !token.is(Kind.WORDS) && operator.length() == 1 && "<>\u2264\u2265".contains(operator);
    }

    private @org.jspecify.annotations.Nullable String relation() {
        Token token = cursor.peek();
        if (token.is("&") && cursor.peek(1).is("=")) cursor.next(); // aligned equations
        token = cursor.peek();
        String operator = null;
        if (token.is(Kind.COMMAND)) operator = Vocabulary.RELATIONS.get(token.text());
        if (token.is(Kind.SYMBOL) && token.text().length() == 1 && RELATIONS.contains(token.text())) {
            operator = token.text();
        }
        if (token.isCommand("not")) { // \not= and \not\in
            cursor.next();
            cursor.next();
            return "\u2260";
        }
        if (operator != null) cursor.next();
        if (operator != null && cursor.peek().is("&")) cursor.next();
        return operator;
    }

    private Expression ratio() {
        List<Expression> parts = new ArrayList<>(List.of(set()));
        while (cursor.peek().is(":") || cursor.peek().isCommand("colon")) {
            cursor.next();
            parts.add(set());
        }
        if (parts.size() == 1) return parts.getFirst();
        if (parts.getFirst() instanceof Words && parts.size() == 2) return new Relation(parts, List.of("="));
        return new Apply("ratio", parts);
    }

    private Expression set() {
        Expression left = measured();
        while (cursor.peek().is(Kind.COMMAND)) {
            Character operator = SET_OPERATORS.get(cursor.peek().text());
            if (operator == null) break;
            cursor.next();
            left = new SetOperation(operator, left, measured());
        }
        return difference(left);
    }

    /** A set from which sets are taken away, as in ℝ - {0}. */
    private static Expression difference(Expression expression) {
        if (!(expression instanceof Sum(List<Expression> terms)) || !isSet(terms.getFirst())) return expression;
        Expression left = terms.getFirst();
        for (Expression term : terms.subList(1, terms.size())) {
            boolean minus = term instanceof Product(List<Expression> factors)
                    && factors.size() == 2
                    && factors.getFirst().equals(Expression.Number.of(-1))
                    && isSet(factors.getLast());
            if (!minus) return expression;
            left = new SetOperation('\u2216', left, ((Product) term).factors().getLast());
        }
        return left;
    }

    private static boolean isSet(Expression expression) {
        return expression instanceof Bracketed bracketed && bracketed.isSet()
                || expression instanceof Symbol(String name) && name.startsWith("set ");
    }

    /** A term with the words behind it, or words alone. */
    private Expression measured() {
        if (cursor.peek().is(Kind.WORDS)) return new Words(words());
        if (cursor.peek().isCommand("ldots")
                || cursor.peek().isCommand("dots")
                || cursor.peek().isCommand("cdots")
                || cursor.peek().is(".")) {
            while (cursor.peek().is(".") || cursor.peek().is(Kind.COMMAND)) cursor.next();
            return new Words("...");
        }
        Expression term = terms.sum();
        if (cursor.peek().is("(") && cursor.peek(1).is(Kind.WORDS)) return new Measured(term, aside());
        return cursor.peek().is(Kind.WORDS) ? new Measured(term, words()) : term;
    }

    /** What brackets with words behind a term say about it. */
    private String aside() {
        cursor.next();
        StringBuilder text = new StringBuilder();
        while (!cursor.accept(")")) {
            if (cursor.atEnd()) throw new UnreadableException("no closing bracket");
            text.append(text.isEmpty() ? "" : " ").append(cursor.next().text());
        }
        return text.toString();
    }

    /** Words, with letters, numbers and exponents among them: "cm^2", "of 5 coins". */
    private String words() {
        StringBuilder text = new StringBuilder();
        boolean more = true;
        while (more) {
            Token token = cursor.next();
            if (token.spaced() && !text.isEmpty()) text.append(' ');
            text.append(token.text());
            Token next = cursor.peek();
            more = next.is(Kind.WORDS)
                    || next.is(Kind.LETTERS)
                    || next.is("^")
                    || next.is("'")
                    || next.is("-")
                    || next.is(Kind.NUMBER)
                    || next.is("/")
                    || next.is("{") && token.is("^")
                    || next.is("}") && token.is(Kind.NUMBER) && text.indexOf("{") >= 0 && text.indexOf("}") < 0;
        }
        return text.toString();
    }
}
