package dev.thirteen.engine.jinja;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/** The methods of str. */
record StringMethods(Rendering rendering, String text) {
    Object call(String name, Arguments arguments) {
        return switch (name) {
            case "split", "rsplit" -> split(name, arguments.bind(name, "sep?", "maxsplit?"));
            case "splitlines" ->
                Splits.lines(text, arguments.bind(name, "keepends?").truth(0));
            case "format" -> new BraceFormat(rendering, arguments).format(text);
            default -> positional(name, arguments);
        };
    }

    private Object positional(String name, Arguments arguments) {
        return switch (name) {
            case "strip", "lstrip", "rstrip" -> strip(name, arguments.positionalOnly(name, "chars?"));
            case "partition", "rpartition" ->
                Splits.partition(
                        text, separator(arguments.positionalOnly(name, "sep").get(0)), name.startsWith("r"));
            case "startswith", "endswith" -> borders(name, arguments.positionalOnly(name, "x", "start?", "end?"));
            case "find", "rfind", "index", "rindex", "count" ->
                new Search(text, arguments.positionalOnly(name, "sub", "start?", "end?")).call(name);
            case "removeprefix", "removesuffix" -> {
                String part = string(arguments.positionalOnly(name, "x").get(0));
                yield name.equals("removeprefix") ? withoutStart(part) : withoutEnd(part);
            }
            case "replace" -> {
                Arguments.Bound bound = arguments.positionalOnly(name, "old", "new", "count?");
                int count = bound.has(2) ? Numbers.position(bound.get(2)) : -1;
                yield Splits.replaced(rendering.budget(), text, string(bound.get(0)), string(bound.get(1)), count);
            }
            case "join" -> join(arguments.positionalOnly(name, "iterable").get(0));
            case "center", "ljust", "rjust" -> pad(name, arguments.positionalOnly(name, "width", "fillchar?"));
            case "zfill" ->
                zeroFilled(
                        Numbers.position(arguments.positionalOnly(name, "width").get(0)));
            default -> {
                arguments.positionalOnly(name);
                yield name.startsWith("is") ? Cases.is(name, text) : Cases.changed(name, text);
            }
        };
    }

    private static String string(Object value) {
        return switch (value) {
            case String string -> string;
            case Markup markup -> markup.text();
            case Undefined undefined -> throw undefined.problem();
            default -> throw Types.expected("str", value);
        };
    }

    private static String separator(Object value) {
        String separator = string(value);
        if (separator.isEmpty()) throw new Problem("empty separator");
        return separator;
    }

    private Object split(String name, Arguments.Bound bound) {
        int limit = bound.has(1) ? Numbers.position(bound.get(1)) : -1;
        boolean fromEnd = name.equals("rsplit");
        List<Object> parts = bound.hasValue(0)
                ? Splits.at(text, separator(bound.get(0)), limit, fromEnd)
                : Splits.atSpace(text, limit, fromEnd);
        rendering.budget().items(parts.size());
        return parts;
    }

    private String strip(String name, Arguments.Bound bound) {
        IntPredicate these = Characters::isSpace;
        if (bound.hasValue(0)) {
            String characters = string(bound.get(0));
            these = c -> characters.indexOf(c) >= 0;
        }
        String ended = name.equals("lstrip") ? text : Characters.stripEnd(text, these);
        return name.equals("rstrip") ? ended : Characters.stripStart(ended, these);
    }

    private Object borders(String name, Arguments.Bound bound) {
        Search search = new Search(text, bound);
        List<Object> candidates = bound.get(0) instanceof Tuple tuple ? tuple.items() : List.of(bound.get(0));
        return candidates.stream()
                .map(StringMethods::string)
                .anyMatch(part -> name.equals("startswith") ? search.startsWith(part) : search.endsWith(part));
    }

    private String withoutStart(String part) {
        return text.startsWith(part) ? text.substring(part.length()) : text;
    }

    private String withoutEnd(String part) {
        return text.endsWith(part) ? text.substring(0, text.length() - part.length()) : text;
    }

    private String join(Object items) {
        List<Object> parts = Iteration.list(items, rendering.budget());
        for (Object part : parts)
            if (!Types.isText(part))
                throw new Problem("sequence item: expected str instance, " + Types.name(part) + " found");
        long length = parts.stream()
                .mapToLong(part -> (long) string(part).length() + text.length())
                .sum();
        rendering.budget().text(length);
        return parts.stream().map(StringMethods::string).collect(Collectors.joining(text));
    }

    private String pad(String name, Arguments.Bound bound) {
        String fill = bound.has(1) ? string(bound.get(1)) : " ";
        if (Types.length(fill) != 1) throw new Problem("The fill character must be exactly one character long");
        int width = Numbers.position(bound.get(0));
        int missing = Math.max(0, width - Types.length(text));
        rendering.budget().text((long) text.length() + missing);
        int left = switch (name) {
            case "ljust" -> 0;
            case "rjust" -> missing;
            // An odd space goes to the left only when the width is odd, too.
            default -> missing / 2 + (missing & width & 1);
        };
        return fill.repeat(left) + text + fill.repeat(missing - left);
    }

    private String zeroFilled(int width) {
        int missing = Math.max(0, width - Types.length(text));
        rendering.budget().text((long) text.length() + missing);
        int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
    }
}
