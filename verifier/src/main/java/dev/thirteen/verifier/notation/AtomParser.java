package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Matrix;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.SetOperation;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Expression.Words;
import dev.thirteen.verifier.notation.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what needs no operator: numbers, names, brackets, functions and commands. */
final class AtomParser {
    private final Cursor cursor;
    private final Parser parser;
    private final TermParser terms;
    private final FunctionParser functions;
    private final DecimalParser decimals;

    AtomParser(Cursor cursor, Parser parser, TermParser terms) {
        this.cursor = cursor;
        this.parser = parser;
        this.terms = terms;
        this.functions = new FunctionParser(cursor, parser, terms);
        this.decimals = new DecimalParser(cursor);
    }

    Expression atom() {
        Token token = cursor.next();
        return switch (token.kind()) {
            case NUMBER -> decimals.number(token.text());
            case LETTERS -> letter(token.text());
            case COMMAND -> command(token.text());
            case SYMBOL -> symbol(token.text());
            case WORDS -> throw new UnreadableException("words in a term");
            case END -> throw new UnreadableException("an end");
        };
    }

    /** A variable, or a function of it: f(x) is no product. */
    private Expression letter(String name) {
        if (cursor.peek().is("(") && !cursor.peek().spaced()) {
            boolean short1 = cursor.peek(2).is(")")
                    && (cursor.peek(1).is(Kind.LETTERS) || cursor.peek(1).is(Kind.NUMBER));
            boolean function = name.equals("f")
                    || name.equals("g")
                    || name.equals("h")
                    || short1 && Character.isUpperCase(name.charAt(0));
            if (function) return new Apply(name, arguments());
        }
        return new Symbol(name);
    }

    private List<Expression> arguments() {
        cursor.expect("(");
        int bars = cursor.setBars(0);
        List<Expression> arguments = parser.items();
        cursor.setBars(bars);
        cursor.expect(")");
        return arguments;
    }

    private Expression symbol(String symbol) {
        if (symbol.startsWith("begin:")) return environment(symbol.substring(6));
        return switch (symbol) {
            case "(", "[" -> brackets(symbol.charAt(0));
            case "]" -> reversedInterval();
            case "{" -> braces();
            case "\\{" -> set("\\}");
            case "|" -> bars();
            case "-" -> TermParser.negated(terms.factor());
            default -> throw new UnreadableException("unexpected " + symbol);
        };
    }

    private Expression brackets(char open) {
        int bars = cursor.setBars(0);
        List<Expression> items = parser.items();
        cursor.setBars(bars);
        boolean trailing = cursor.before().is(",");
        Token close = cursor.next();
        if (open == '[' && close.is("[")) return new Bracketed('[', items, '[');
        if (!close.is(")") && !close.is("]")) throw new UnreadableException("no closing bracket");
        char closing = close.text().charAt(0);
        boolean alone = items.size() == 1 && !trailing && (open == '(') == (closing == ')');
        return alone ? items.getFirst() : new Bracketed(open, items, closing);
    }

    /** ]a, b[ as the French write it. */
    private Expression reversedInterval() {
        List<Expression> items = parser.items();
        Token close = cursor.next();
        if (items.size() != 2 || !close.is("[") && !close.is("]")) throw new UnreadableException("no interval");
        return new Bracketed('(', items, close.is("[") ? ')' : ']');
    }

    /** Braces of LaTeX; with commas in them they are meant to be seen. */
    private Expression braces() {
        int bars = cursor.setBars(0);
        if (cursor.peek().is(Kind.WORDS) && cursor.peek(1).is("}")) return named();
        List<Expression> items = parser.items();
        if (items.size() == 1
                && (cursor.peek().isCommand("over") || cursor.peek().isCommand("choose"))) {
            items = List.of(stacked(items.getFirst()));
        }
        cursor.setBars(bars);
        cursor.expect("}");
        if (items.isEmpty()) throw new UnreadableException("empty braces");
        return items.size() == 1 ? items.getFirst() : new Bracketed('{', items, '}');
    }

    /** A quantity by its name: distance over time, km over h. */
    private Expression named() {
        Symbol name = new Symbol(cursor.next().text().strip());
        cursor.expect("}");
        return name;
    }

    /** {a \over b} and {n \choose k}, as TeX has them. */
    private Expression stacked(Expression top) {
        boolean quotient = cursor.next().isCommand("over");
        Expression bottom = terms.sum();
        return quotient
                ? new Product(List.of(top, new Power(bottom, Number.of(-1))))
                : new Apply("binom", List.of(top, bottom));
    }

    private Expression set(String close) {
        int bars = cursor.setBars(1); // a bar ends the first part of a set builder
        List<Expression> items = parser.items();
        cursor.setBars(0);
        if (cursor.accept("|") || cursor.peek().isCommand("mid") && cursor.next() != null) {
            for (Expression item : items) requireReal(item);
            items = parser.items();
            cursor.setBars(bars);
            cursor.expect(close);
            return items.size() == 1 ? built(items.getFirst()) : new Bracketed('{', items, '}');
        }
        cursor.setBars(bars);
        cursor.expect(close);
        Expression listed = new Bracketed('{', items, '}');
        boolean one = items.size() == 1 && items.getFirst() instanceof Relation;
        return one ? built((Relation) items.getFirst()).orElse(listed) : listed;
    }

    /** The reals for which an inequality holds: a set, whatever its variable is called. */
    private static Expression built(Expression condition) {
        boolean bounds = condition instanceof Relation(List<Expression> _, List<String> operators)
                && operators.stream().allMatch(operator -> "<>\u2264\u2265\u2260".contains(operator));
        return bounds ? new SetOperation('\u2229', new Symbol("set R"), condition) : condition;
    }

    /** The condition of {x: x > 2} and {x in R: x > 2}, whose colon was read as a ratio. */
    private static Optional<Expression> built(Relation relation) {
        List<Expression> sides = relation.sides();
        for (int i = 0; i < sides.size(); i++) {
            if (!(sides.get(i) instanceof Apply(String function, List<Expression> parts)) || !function.equals("ratio"))
                continue;
            List<Expression> domain = new ArrayList<>(sides.subList(0, i));
            domain.add(parts.getFirst());
            if (domain.size() > 1)
                requireReal(new Relation(domain, relation.operators().subList(0, i)));
            List<Expression> condition = new ArrayList<>(sides.subList(i, sides.size()));
            condition.set(0, parts.getLast());
            return Optional.of(
                    condition.size() == 1
                            ? condition.getFirst()
                            : built((Expression)
                                    new Relation(condition, relation.operators().subList(i, sides.size() - 1))));
        }
        return Optional.empty();
    }

    /** Sets are compared as sets of reals, so that one of integers must not be taken for one. */
    private static void requireReal(Expression domain) {
        boolean other = domain instanceof Relation relation
                && relation.operators().contains("\u2208")
                && relation.sides().getLast() instanceof Symbol(String set)
                && set.startsWith("set ")
                && !set.equals("set R");
        if (other) throw new UnreadableException("a set of other numbers than the real ones");
    }

    private Expression bars() {
        int bars = cursor.setBars(1);
        if (cursor.peek().is("|")) { // a norm
            cursor.next();
            Expression inner = terms.sum();
            cursor.expect("|");
            cursor.expect("|");
            cursor.setBars(bars);
            return new Apply("abs", List.of(inner));
        }
        Expression inner = terms.sum();
        cursor.setBars(bars);
        cursor.expect("|");
        return new Apply("abs", List.of(inner));
    }

    private Expression environment(String name) {
        if (name.equals("array") || name.equals("tabular")) {
            cursor.expect("{");
            while (!cursor.accept("}")) {
                if (cursor.atEnd()) throw new UnreadableException("an open array");
                cursor.next();
            }
        }
        int bars = cursor.setBars(0);
        List<List<Expression>> rows = new java.util.ArrayList<>();
        List<Expression> row = new java.util.ArrayList<>();
        while (!cursor.accept("end:" + name)) {
            if (cursor.atEnd()) throw new UnreadableException("an open environment");
            if (cursor.accept("\\\\")) {
                if (!row.isEmpty()) rows.add(row);
                row = new java.util.ArrayList<>();
            } else if (!cursor.accept("&") && !cursor.accept(",") && !cursor.accept(".")) {
                row.add(parser.item());
            }
        }
        if (!row.isEmpty()) rows.add(row);
        cursor.setBars(bars);
        return environment(name, rows);
    }

    private static Expression environment(String name, List<List<Expression>> rows) {
        if (rows.isEmpty()) throw new UnreadableException("nothing in an environment");
        int width = rows.getFirst().size();
        boolean matrix = name.endsWith("matrix") || name.equals("array");
        if (matrix && rows.stream().anyMatch(row -> row.size() != width)) throw new UnreadableException("ragged rows");
        if (name.equals("vmatrix")) return new Apply("det", List.of(new Matrix(rows)));
        if (matrix) return new Matrix(rows);
        List<Expression> all = rows.stream().flatMap(List::stream).toList();
        return all.size() == 1 ? all.getFirst() : new Expression.Listing(all);
    }

    private Expression command(String name) {
        return switch (name) {
            case "pi" -> new Symbol("pi");
            case "infty", "infinity" -> new Symbol("infinity");
            case "mathbb", "Bbb" -> half(plainName());
            case "angle",
                    "triangle",
                    "measuredangle",
                    "overline",
                    "vec",
                    "hat",
                    "bar",
                    "widehat",
                    "tilde",
                    "overrightarrow",
                    "dot",
                    "widetilde",
                    "ddot",
                    "overarc",
                    "textstyle",
                    "stackrel" -> terms.factor();
            case "lbrace" -> set("rbrace");
            case "lvert", "lVert" -> between("rvert", "rVert", "abs");
            case "lfloor" -> between("rfloor", "rfloor", "floor");
            case "lceil" -> between("rceil", "rceil", "ceil");
            case "langle" -> {
                List<Expression> items = parser.items();
                closeCommand("rangle", ">");
                yield new Bracketed('(', items, ')');
            }
            case "emptyset", "varnothing" -> new Bracketed('{', List.of(), '}');
            case "varepsilon" -> new Symbol("epsilon");
            case "varphi" -> new Symbol("phi");
            default -> Vocabulary.LETTERS.contains(name) ? new Symbol(name) : functions.read(name);
        };
    }

    /** A set of numbers; the positive or negative ones of the reals are an interval. */
    private Expression half(String name) {
        Token mark = cursor.peek();
        int braces = cursor.peek(1).is("{") ? 1 : 0;
        Token sign = cursor.peek(1 + braces);
        boolean signed = sign.is("+") || sign.is("-") || sign.is(">") || sign.is("<");
        if (!name.equals("R") || !signed || !mark.is("^") && !mark.is("_")) return new Symbol("set " + name);
        boolean zero = braces > 0
                && cursor.peek(3).is(Kind.NUMBER)
                && cursor.peek(3).text().equals("0");
        boolean compared = sign.is(">") || sign.is("<");
        if (compared != zero) return new Symbol("set " + name);
        for (int i = 0; i < 2 + braces + (zero ? 1 : 0); i++) cursor.next();
        if (braces > 0) cursor.expect("}");
        Expression infinity = new Symbol("infinity");
        boolean positive = sign.is("+") || sign.is(">");
        List<Expression> ends =
                positive ? List.of(Number.of(0), infinity) : List.of(TermParser.negated(infinity), Number.of(0));
        return new Bracketed('(', ends, ')');
    }

    private Expression between(String close, String other, String function) {
        int bars = cursor.setBars(0);
        Expression inner = terms.sum();
        cursor.setBars(bars);
        closeCommand(close, other);
        return new Apply(function, List.of(inner));
    }

    private void closeCommand(String close, String other) {
        Token token = cursor.next();
        if (!token.isCommand(close) && !token.isCommand(other)) throw new UnreadableException("no \\" + close);
    }

    private String plainName() {
        boolean braced = cursor.accept("{");
        String name = cursor.next().text();
        if (braced) cursor.expect("}");
        return name;
    }

    /** A name with its subscript: x_1 is a variable, F_{n-1} a function of n. */
    Expression subscripted(Expression base) {
        boolean braced = cursor.peek().is("{");
        if (isFunction(cursor.peek())) return named(base, cursor.next().text());
        if (braced && (cursor.peek(1).is(Kind.WORDS) || isFunction(cursor.peek(1)))) {
            cursor.next();
            StringBuilder name = new StringBuilder();
            while (!cursor.accept("}")) {
                if (cursor.atEnd()) throw new UnreadableException("an open subscript");
                name.append(cursor.next().text());
            }
            return named(base, name.toString());
        }
        Expression subscript = terms.exponentAtom();
        if (base instanceof Number(Rational value, int _) && subscript instanceof Number(Rational radix, int _)) {
            return new Symbol(value.numerator() + "_" + radix.numerator()); // digits in another base: a name
        }
        if (!(base instanceof Symbol(String symbol))) return base;
        return switch (subscript) {
            case Number(Rational value, int _) when value.isInteger() -> new Symbol(symbol + "_" + value.numerator());
            case Words(String text) -> new Symbol(symbol + "_" + text);
            default -> new Apply(symbol + "_", List.of(subscript));
        };
    }

    /** The name of a function names what it was applied to: x_max. */
    private static boolean isFunction(Token token) {
        return token.is(Kind.COMMAND) && Names.isFunction(token.text());
    }

    private static Expression named(Expression base, String name) {
        return base instanceof Symbol(String symbol) ? new Symbol(symbol + "_" + name) : base;
    }

    Expression primed(Expression base) {
        return switch (base) {
            case Symbol(String name) when cursor.peek().is("(") -> new Apply(name + "'", arguments());
            case Symbol(String name) -> new Symbol(name + "'");
            case Product product -> new Power(product, new Symbol("'"));
            default -> throw new UnreadableException("a prime");
        };
    }
}
