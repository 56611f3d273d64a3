package dev.thirteen.engine.jinja;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A statement of a template. */
sealed interface Statement {
    record Text(String text) implements Statement {}

    record Output(Expression value) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record For(
            int line,
            Target target,
            Expression items,
            @Nullable Expression test,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record Assignment(int line, Target target, Expression value) implements Statement {}

    /** {@code value} reads the rendered body as {@link #CAPTURED}, through filters or bare. */
    record BlockAssignment(int line, Target target, Expression value, List<Statement> body) implements Statement {}

    record MacroDefinition(int line, MacroShape macro) implements Statement {}

    record CallBlock(int line, MacroShape caller, Expression.Call call) implements Statement {}

    /** {@code value} reads the rendered body as {@link #CAPTURED}. */
    record FilterBlock(int line, Expression value, List<Statement> body) implements Statement {}

    record With(int line, List<Target> targets, List<Expression> values, List<Statement> body) implements Statement {}

    /** A body with variables of its own: what {@code {% generation %}} is for rendering. */
    record Scoped(int line, List<Statement> body) implements Statement {}

    record Break() implements Statement {}

    record Continue() implements Statement {}

    /** The variable, unwritable in a template, that holds what a block has rendered. */
    String CAPTURED = "{captured}";

    record Branch(Expression test, List<Statement> body) {}

    /**
     * What a macro is before it is defined.
     *
     * @param specials which of caller, kwargs and varargs its body reads
     */
    record MacroShape(String name, List<Parameter> parameters, List<Statement> body, Set<String> specials) {}

    record Parameter(String name, @Nullable Expression value) {}

    /** What is assigned to. */
    sealed interface Target {
        record Variable(int line, String name) implements Target {}

        record NamespaceAttribute(int line, String namespace, String attribute) implements Target {}

        record Several(int line, List<Target> targets) implements Target {}
    }
}
