package dev.thirteen.engine.jinja;

import dev.thirteen.engine.jinja.Statement.MacroShape;
import dev.thirteen.engine.jinja.Statement.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro, or the body of a call block, with the variables of the place where it is defined. */
final class Macro implements Callable {
    private final MacroShape shape;
    private final Scope definition;

    Macro(MacroShape shape, Scope definition) {
        this.shape = shape;
        this.definition = definition;
    }

    @Override
    public Object call(Rendering rendering, Arguments arguments) {
        Scope scope = new Scope(definition);
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        List<Parameter> parameters = shape.parameters();
        List<Object> positional = arguments.positional();
        boolean[] given = new boolean[parameters.size()];
        for (int i = 0; i < parameters.size(); i++) {
            String name = parameters.get(i).name();
            Object value = i < positional.size() ? positional.get(i) : named.remove(name);
            given[i] = value != null;
            // Until its default is evaluated a parameter hides the variable of the same name outside.
            scope.set(name, value != null ? value : Undefined.variable(name));
        }
        specials(scope, positional, named);
        for (int i = 0; i < parameters.size(); i++)
            if (!given[i]) scope.set(parameters.get(i).name(), missing(rendering, parameters.get(i), scope));
        return rendering.renderer().text(shape.body(), scope);
    }

    private void specials(Scope scope, List<Object> positional, Map<String, Object> named) {
        if (shape.specials().contains("caller")) {
            Object caller = named.remove("caller");
            scope.set("caller", caller != null ? caller : new Undefined("No caller defined"));
        }
        if (shape.specials().contains("kwargs")) scope.set("kwargs", Dict.of(named));
        else if (!named.isEmpty())
            throw new Problem("macro %s takes no keyword argument %s"
                    .formatted(
                            Quotes.of(shape.name()),
                            Quotes.of(named.keySet().iterator().next())));
        int count = shape.parameters().size();
        if (shape.specials().contains("varargs"))
            scope.set("varargs", new Tuple(positional.subList(Math.min(count, positional.size()), positional.size())));
        else if (positional.size() > count)
            throw new Problem("macro %s takes not more than %d argument(s)".formatted(Quotes.of(shape.name()), count));
    }

    private static Object missing(Rendering rendering, Parameter parameter, Scope scope) {
        return parameter.value() == null
                ? new Undefined("parameter " + Quotes.of(parameter.name()) + " was not provided")
                : rendering.evaluator().value(parameter.value(), scope);
    }

    /** An attribute; null when there is none of that name. */
    @Nullable
    Object attribute(String name) {
        return switch (name) {
            case "name" -> shape.name();
            case "arguments", "catch_kwargs", "catch_varargs", "caller", "explicit_caller" ->
                throw new Problem("the attribute '" + name + "' of a macro is not supported");
            default -> null;
        };
    }

    @Override
    public String typeName() {
        return "Macro";
    }

    @Override
    public String toString() {
        return "<Macro " + Quotes.of(shape.name()) + ">";
    }
}
