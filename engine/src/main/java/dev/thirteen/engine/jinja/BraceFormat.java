package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Python's str.format. */
final class BraceFormat {
    private static final Pattern PATH = Pattern.compile("\\.([^.\\[]++)|\\[([^\\]]++)\\]");
    private static final Pattern SPECIFICATION = Pattern.compile(
            "(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>\\d++)?(?<commas>,)?(?:\\.(?<precision>\\d++))?(?<type>[a-zA-Z%])?",
            Pattern.DOTALL);

    private final Rendering rendering;
    private final Arguments arguments;
    private int automatic;
    private boolean numbered;

    BraceFormat(Rendering rendering, Arguments arguments) {
        this.rendering = rendering;
        this.arguments = arguments;
    }

    String format(String format) {
        StringBuilder text = new StringBuilder();
        int position = 0;
        while (position < format.length()) {
            char c = format.charAt(position);
            if (c != '{' && c != '}') {
                text.append(c);
                position++;
            } else if (position + 1 < format.length() && format.charAt(position + 1) == c) {
                text.append(c);
                position += 2;
            } else {
                int end = format.indexOf('}', position);
                if (c == '}') throw new Problem("Single '}' encountered in format string");
                if (end < 0) throw new Problem("expected '}' before end of string");
                text.append(field(format.substring(position + 1, end)));
                position = end + 1;
            }
        }
        rendering.budget().text(text.length());
        return text.toString();
    }

    private String field(String field) {
        if (field.indexOf('{') >= 0) throw new Problem("nested fields in format strings are not supported");
        int colon = field.indexOf(':');
        String specification = colon < 0 ? "" : field.substring(colon + 1);
        String name = colon < 0 ? field : field.substring(0, colon);
        int bang = name.indexOf('!');
        String conversion = bang < 0 ? "" : name.substring(bang + 1);
        Object value = value(bang < 0 ? name : name.substring(0, bang));
        return switch (conversion) {
            case "" -> formatted(value, specification);
            case "s" -> formatted(rendering.texts().str(value), specification);
            case "r" -> formatted(rendering.texts().repr(value), specification);
            default -> throw new Problem("the conversion '" + conversion + "' in a format string is not supported");
        };
    }

    private Object value(String name) {
        Matcher path = PATH.matcher(name);
        int end = path.find() ? path.start() : name.length();
        if (end == 0 && !name.isEmpty()) throw new Problem("KeyError: ''");
        Object value = argument(name.substring(0, end));
        Access access = rendering.access();
        while (end < name.length()) {
            if (!path.region(end, name.length()).lookingAt()) throw new Problem("wrong field in a format string");
            String key = path.group(2);
            if (key == null) value = access.attribute(value, path.group(1));
            else value = access.item(value, key.matches("\\d+") ? new BigInteger(key) : key);
            end = path.end();
        }
        return value;
    }

    private Object argument(String name) {
        boolean number = name.isEmpty() || name.matches("\\d{1,6}");
        if (!number) return present(arguments.named().get(name), name);
        if (name.isEmpty() ? numbered : automatic > 0)
            throw new Problem("cannot mix automatic and manual field numbering in a format string");
        numbered = !name.isEmpty();
        int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
        List<Object> positional = arguments.positional();
        return present(index < positional.size() ? positional.get(index) : null, String.valueOf(index));
    }

    private static Object present(@Nullable Object value, String name) {
        if (value == null) throw new Problem("there is no argument " + name + " for the format string");
        return value;
    }

    private String formatted(Object value, String specification) {
        if (specification.isEmpty()) return rendering.texts().str(value);
        Matcher parts = SPECIFICATION.matcher(specification);
        if (!parts.matches()) throw new Problem("Invalid format specifier");
        String written = parts.group("type");
        char type = written == null ? ' ' : written.charAt(0);
        Budget budget = rendering.budget();
        NumberFormat format = format(parts, !Types.isNumber(value));
        if (value instanceof String text && (type == ' ' || type == 's')) return format.text(budget, text);
        if (Numbers.isInteger(value) && "dboxX ".indexOf(type) >= 0)
            return format.integer(budget, Numbers.integer(value), type == ' ' ? 'd' : type);
        if (Types.isNumber(value) && "eEfFgG%".indexOf(type) >= 0)
            return format.real(budget, Numbers.real(value), type);
        if (value instanceof Double number && type == ' ' && format.precision() < 0)
            return format.real(budget, number, 'r');
        throw new Problem("the format '%s' of %s is not supported".formatted(specification, Types.name(value)));
    }

    private static NumberFormat format(Matcher parts, boolean text) {
        String align = parts.group("align");
        String fill = parts.group("fill");
        boolean zero = parts.group("zero") != null;
        String sign = parts.group("sign");
        if (text && (sign != null || "=".equals(align) || zero || parts.group("commas") != null))
            throw new Problem("this format of str is not supported");
        char alignment = align != null ? align.charAt(0) : zero ? '=' : text ? '<' : '>';
        return new NumberFormat(
                fill != null ? fill : zero ? "0" : " ",
                alignment,
                sign == null ? '-' : sign.charAt(0),
                parts.group("alternate") != null,
                number(parts.group("width"), 0),
                parts.group("commas") != null,
                number(parts.group("precision"), -1));
    }

    private static int number(@Nullable String digits, int otherwise) {
        return digits == null ? otherwise : Numbers.position(new BigInteger(digits));
    }
}
