package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;

/** Python's str() and repr(). */
record Texts(Budget budget) {
    /** str(). */
    String str(Object value) {
        return switch (value) {
            case String text -> text;
            case Markup markup -> markup.text();
            case Undefined undefined -> "";
            default -> repr(value);
        };
    }

    String repr(Object value) {
        StringBuilder text = new StringBuilder();
        repr(text, value);
        budget.text(text.length());
        return text.toString();
    }

    private void repr(StringBuilder to, Object value) {
        if (to.length() > Budget.TEXT) budget.text(to.length());
        switch (value) {
            case String text -> to.append(Quotes.of(text));
            case Markup markup ->
                to.append("Markup(").append(Quotes.of(markup.text())).append(')');
            case BigInteger number -> to.append(integer(number));
            case Double number -> to.append(Floats.repr(number));
            case Boolean truth -> to.append(truth ? "True" : "False");
            case None none -> to.append("None");
            case Undefined undefined -> to.append("Undefined");
            case Range range -> to.append(range);
            case List<?> list -> sequence(to, "[", list, "]");
            case Tuple tuple -> sequence(to, "(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")");
            case Dict dict -> dict(to, dict);
            case DictView view -> sequence(to.append(view.typeName()), "([", view.list(), "])");
            case Namespace namespace -> {
                dict(to.append("<Namespace "), namespace.attributes());
                to.append('>');
            }
            case Loop loop -> to.append(loop);
            case Macro macro -> to.append(macro);
            default -> throw new Problem("the text of a " + Types.name(value) + " is not supported");
        }
    }

    static String integer(BigInteger number) {
        String digits = number.toString();
        if (digits.length() - (number.signum() < 0 ? 1 : 0) > Numbers.LONGEST)
            throw new Problem("Exceeds the limit (4300 digits) for integer string conversion");
        return digits;
    }

    private void sequence(StringBuilder to, String open, List<?> items, String close) {
        budget.enter();
        to.append(open);
        String separator = "";
        for (Object item : items) {
            to.append(separator);
            repr(to, item);
            separator = ", ";
        }
        to.append(close);
        budget.leave();
    }

    private void dict(StringBuilder to, Dict dict) {
        budget.enter();
        to.append('{');
        Iterator<Object> values = dict.values().iterator();
        String separator = "";
        for (Object key : dict.keys()) {
            to.append(separator);
            repr(to, key);
            to.append(": ");
            repr(to, values.next());
            separator = ", ";
        }
        to.append('}');
        budget.leave();
    }
}
