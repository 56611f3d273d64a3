package dev.thirteen.engine.jinja;

import dev.thirteen.core.failure.Failure;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * A chat template in the language of Jinja2, with the environment that transformers gives it: a sandbox, trimmed blocks,
 * {@code break} and {@code continue}, {@code raise_exception}, {@code strftime_now}, plain {@code tojson}. What this
 * interpreter does not support it refuses. Shared by threads.
 */
public final class Template {
    private final List<Statement> statements;

    private Template(List<Statement> statements) {
        this.statements = statements;
    }

    /**
     * Reads a template.
     *
     * @throws Failure CALLER naming line and reason when it cannot be read
     */
    public static Template parse(String source) {
        try {
            return new Template(StatementParser.parse(source));
        } catch (Problem e) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "the chat template cannot be read, line %d: %s".formatted(e.line(), e.getMessage()),
                    e);
        }
    }

    /**
     * The text for some variables.
     *
     * @param variables maps (in the order that is to be kept), lists, strings, numbers, booleans and nulls
     * @param clock what {@code strftime_now} shows, with its zone
     * @throws Failure CALLER with the template's own words when it raises, else naming line and reason
     */
    public String render(Map<String, ?> variables, Clock clock) {
        Rendering rendering = new Rendering(clock);
        try {
            Scope scope = new Scope(null);
            Globals.addTo(scope);
            variables.forEach((name, value) -> scope.set(name, Values.of(value, rendering.budget())));
            return rendering.renderer().text(statements, scope);
        } catch (Raised e) {
            throw new Failure(Failure.Kind.CALLER, e.getMessage(), e);
        } catch (Problem e) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "the chat template cannot be rendered, line %d: %s".formatted(rendering.line(), e.getMessage()),
                    e);
        }
    }
}
