package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Filters that make texts. */
record TextFilters(Rendering rendering, Object value) {
    private static final Pattern WORD_START = Pattern.compile("(?:" + Characters.SPACE_CLASS + "|[-({\\[<])+");

    Object apply(String name, Arguments arguments) {
        return switch (name) {
            case "center", "trim", "upper", "lower", "capitalize" -> likeInput(name, arguments);
            case "format" -> formatted(arguments);
            case "indent" -> indented(arguments.bind(name, "width?", "first?", "blank?"));
            case "replace" -> replaced(arguments.bind(name, "old", "new", "count?"));
            case "tojson" -> json(arguments.bind(name, "ensure_ascii?", "indent?", "separators?", "sort_keys?"));
            case "truncate" -> truncated(arguments.bind(name, "length?", "killwords?", "end?", "leeway?"));
            default -> {
                arguments.bind(name);
                yield plain(name);
            }
        };
    }

    private Object plain(String name) {
        return switch (name) {
            case "e", "escape" -> value instanceof Markup ? value : new Markup(Markup.escaped(text()));
            case "safe" -> new Markup(text());
            case "string" -> value instanceof Markup ? value : text();
            case "title" -> title(text());
            case "wordcount" -> BigInteger.valueOf(words(text()));
            default -> throw new IllegalStateException(name);
        };
    }

    private String text() {
        return rendering.texts().str(value);
    }

    private String text(Object other) {
        return rendering.texts().str(other);
    }

    /** What is safe stays so. */
    private Object likeInput(String name, Arguments arguments) {
        Arguments method = switch (name) {
            case "center" ->
                new Arguments(List.of(arguments.bind(name, "width?").or(0, BigInteger.valueOf(80))), Map.of());
            case "trim" -> new Arguments(List.of(arguments.bind(name, "chars?").or(0, None.NONE)), Map.of());
            default -> {
                arguments.bind(name);
                yield Arguments.NONE;
            }
        };
        Object result = new StringMethods(rendering, text()).call(name.equals("trim") ? "strip" : name, method);
        return value instanceof Markup ? new Markup((String) result) : result;
    }

    private Object formatted(Arguments arguments) {
        if (value instanceof Markup) throw new Problem("format of safe text is not supported");
        boolean named = !arguments.named().isEmpty();
        if (named && !arguments.positional().isEmpty())
            throw new Problem("can't handle positional and keyword arguments at the same time");
        Object values = named ? Dict.of(arguments.named()) : new Tuple(arguments.positional());
        return PercentFormat.of(rendering, text(), values);
    }

    private Object indented(Arguments.Bound bound) {
        if (value instanceof Undefined undefined) throw undefined.problem();
        if (!Types.isText(value)) throw Types.expected("str", value);
        Object width = bound.or(0, BigInteger.valueOf(4));
        rendering.budget().text(Types.isText(width) ? 0 : Math.max(0, Numbers.position(width)));
        String space = Types.isText(width) ? text(width) : " ".repeat(Math.max(0, Numbers.position(width)));
        List<Object> lines = Splits.lines(text() + "\n", false);
        rendering.budget().text((long) text().length() + (long) space.length() * lines.size());
        StringBuilder indented = new StringBuilder(bound.truth(1) ? space : "").append(lines.getFirst());
        for (Object line : lines.subList(1, lines.size()))
            indented.append('\n')
                    .append(bound.truth(2) || !line.equals("") ? space : "")
                    .append(line);
        return value instanceof Markup ? new Markup(indented.toString()) : indented.toString();
    }

    private String replaced(Arguments.Bound bound) {
        int count = bound.hasValue(2) ? Numbers.position(bound.get(2)) : -1;
        return Splits.replaced(rendering.budget(), text(), text(bound.get(0)), text(bound.get(1)), count);
    }

    private String json(Arguments.Bound bound) {
        String indent = null;
        if (bound.hasValue(1)) {
            Object written = bound.get(1);
            int width = Types.isText(written) ? 0 : Math.max(0, Numbers.position(written));
            rendering.budget().text(width);
            indent = Types.isText(written) ? text(written) : " ".repeat(width);
        }
        String items = indent == null ? ", " : ",";
        String keys = ": ";
        if (bound.hasValue(2)) {
            List<Object> separators = Iteration.list(bound.get(2), rendering.budget());
            if (separators.size() != 2 || !separators.stream().allMatch(Types::isText))
                throw new Problem("separators of tojson must be two texts");
            items = text(separators.getFirst());
            keys = text(separators.getLast());
        }
        Json.Style style = new Json.Style(bound.truth(0), indent, items, keys, bound.truth(3));
        return Json.of(rendering.budget(), value, style);
    }

    private String truncated(Arguments.Bound bound) {
        if (!(value instanceof String text)) throw Types.expected("str", value);
        int length = Numbers.position(bound.or(0, BigInteger.valueOf(255)));
        String end = text(bound.or(2, "..."));
        int leeway = bound.hasValue(3) ? Numbers.position(bound.get(3)) : 5;
        int kept = length - Types.length(end);
        if (kept < 0 || leeway < 0) throw new Problem("expected length >= " + Types.length(end));
        if (Types.length(text) <= length + leeway) return text;
        String start = Slices.substring(text, 0, kept);
        int space = start.lastIndexOf(' ');
        return (bound.truth(1) || space < 0 ? start : start.substring(0, space)) + end;
    }

    private static String title(String text) {
        List<String> parts = new ArrayList<>();
        Matcher separator = WORD_START.matcher(text);
        int position = 0;
        while (separator.find()) {
            parts.add(text.substring(position, separator.start()));
            parts.add(separator.group());
            position = separator.end();
        }
        parts.add(text.substring(position));
        StringBuilder title = new StringBuilder();
        for (String part : parts) {
            int first = part.isEmpty() ? 0 : part.offsetByCodePoints(0, 1);
            title.append(Cases.upper(part.substring(0, first))).append(Cases.lower(part.substring(first)));
        }
        return title.toString();
    }

    private static long words(String text) {
        long words = 0;
        boolean inside = false;
        for (int c : text.codePoints().toArray()) {
            boolean letter = c == '_' || Cases.isAlphanumeric(c);
            if (letter && !inside) words++;
            inside = letter;
        }
        return words;
    }
}
