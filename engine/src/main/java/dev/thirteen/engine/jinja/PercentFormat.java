package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Python's {@code format % values}. */
final class PercentFormat {
    private static final Pattern CONVERSION = Pattern.compile(
            "%(?:\\((?<key>[^()]*+)\\))?(?<flags>[-+ #0]*+)(?<width>\\d++|\\*)?(?:\\.(?<precision>\\*|\\d*+))?[hlL]?(?<type>.)",
            Pattern.DOTALL);

    private final Rendering rendering;
    private final Object values;
    private final Iterator<Object> arguments;

    private PercentFormat(Rendering rendering, Object values) {
        this.rendering = rendering;
        this.values = values;
        this.arguments = (values instanceof Tuple tuple ? tuple.items() : List.of(values)).iterator();
    }

    static String of(Rendering rendering, String format, Object values) {
        PercentFormat percent = new PercentFormat(rendering, values);
        StringBuilder text = new StringBuilder();
        Matcher conversion = CONVERSION.matcher(format);
        int position = 0;
        for (int at = format.indexOf('%'); at >= 0; at = format.indexOf('%', position)) {
            text.append(format, position, at);
            if (!conversion.region(at, format.length()).lookingAt()) throw new Problem("incomplete format");
            text.append(percent.converted(conversion));
            position = conversion.end();
            rendering.budget().text(text.length());
        }
        boolean mapping = values instanceof Dict || values instanceof List<?> || values instanceof Undefined;
        if (!mapping && percent.arguments.hasNext())
            throw new Problem("not all arguments converted during string formatting");
        return text.append(format.substring(position)).toString();
    }

    private String converted(Matcher conversion) {
        char type = conversion.group("type").charAt(0);
        if (type == '%') return "%";
        String key = conversion.group("key");
        String flags = conversion.group("flags");
        int width = number(conversion.group("width"), 0);
        String precisionText = conversion.group("precision");
        int precision = precisionText == null ? -1 : precisionText.isEmpty() ? 0 : number(precisionText, 0);
        Object value = key == null ? next() : named(key);
        boolean left = flags.contains("-") || width < 0;
        boolean zeros = flags.contains("0") && !left && "diuoxXeEfFgG".indexOf(type) >= 0;
        char sign = flags.contains("+") ? '+' : flags.contains(" ") ? ' ' : '-';
        char align = left ? '<' : zeros ? '=' : '>';
        return converted(
                new NumberFormat(
                        zeros ? "0" : " ", align, sign, flags.contains("#"), Math.abs(width), false, precision),
                type,
                value);
    }

    private String converted(NumberFormat format, char type, Object value) {
        Budget budget = rendering.budget();
        return switch (type) {
            case 's' -> format.text(budget, rendering.texts().str(value));
            case 'r' -> format.text(budget, rendering.texts().repr(value));
            case 'd', 'i', 'u' -> format.integer(budget, truncated(value), 'd');
            case 'o', 'x', 'X' -> format.integer(budget, Numbers.integer(value), type);
            case 'e', 'E', 'f', 'F', 'g', 'G' -> format.real(budget, Numbers.real(value), type);
            default -> throw new Problem("unsupported format character '" + type + "'");
        };
    }

    private static BigInteger truncated(Object value) {
        return value instanceof Double number ? Numbers.truncated(number) : Numbers.integer(value);
    }

    private int number(@Nullable String written, int otherwise) {
        if (written == null) return otherwise;
        return written.equals("*") ? Numbers.position(next()) : Numbers.position(new BigInteger(written));
    }

    private Object next() {
        if (!arguments.hasNext()) throw new Problem("not enough arguments for format string");
        return arguments.next();
    }

    private Object named(String key) {
        if (!(values instanceof Dict dict)) throw new Problem("format requires a mapping");
        Object value = dict.get(key);
        if (value == null) throw new Problem("KeyError: " + Quotes.of(key));
        return value;
    }
}
