package dev.thirteen.engine.jinja;

import dev.thirteen.engine.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** Runs statements. */
final class Renderer {
    /** How a statement ended. */
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    // What an empty iteration costs, in evaluations of a constant.
    private static final int ITERATION_STEPS = 5;

    private final Rendering rendering;

    Renderer(Rendering rendering) {
        this.rendering = rendering;
    }

    /** The text of some statements. */
    String text(List<Statement> statements, Scope scope) {
        StringBuilder output = new StringBuilder();
        run(statements, scope, output);
        return output.toString();
    }

    private Flow run(List<Statement> statements, Scope scope, StringBuilder output) {
        rendering.budget().enter();
        Flow flow = Flow.NEXT;
        for (Statement statement : statements) {
            flow = run(statement, scope, output);
            if (flow != Flow.NEXT) break;
        }
        rendering.budget().leave();
        return flow;
    }

    private Flow run(Statement statement, Scope scope, StringBuilder output) {
        switch (statement) {
            case Statement.Text text -> append(output, text.text());
            case Statement.Output shown -> append(output, rendering.texts().str(value(shown.value(), scope)));
            case Statement.If condition -> {
                return condition(condition, scope, output);
            }
            case Statement.For loop -> {
                return loop(loop, scope, output);
            }
            case Statement.Assignment assignment -> {
                rendering.at(assignment.line());
                checkNamespaces(assignment.target(), scope);
                assign(assignment.target(), value(assignment.value(), scope), scope);
            }
            case Statement.BlockAssignment block -> {
                return blockAssignment(block, scope);
            }
            case Statement.MacroDefinition(int line, Statement.MacroShape macro) ->
                scope.set(macro.name(), new Macro(macro, scope));
            case Statement.CallBlock call -> append(output, rendering.texts().str(call(call, scope)));
            case Statement.FilterBlock block -> {
                return filterBlock(block, scope, output);
            }
            case Statement.With with -> {
                return with(with, scope, output);
            }
            case Statement.Scoped scoped -> append(output, text(scoped.body(), new Scope(scope)));
            case Statement.Break end -> {
                return Flow.BREAK;
            }
            case Statement.Continue next -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private Object value(Expression expression, Scope scope) {
        return rendering.evaluator().value(expression, scope);
    }

    private void append(StringBuilder output, String text) {
        rendering.budget().spend(1 + text.length() / Budget.CHARACTERS_PER_STEP);
        output.append(text);
        if (output.length() > Budget.TEXT) rendering.budget().text(output.length());
    }

    private Flow condition(Statement.If condition, Scope scope, StringBuilder output) {
        for (Statement.Branch branch : condition.branches())
            if (rendering.evaluator().truth(branch.test(), scope)) return run(branch.body(), scope, output);
        return run(condition.otherwise(), scope, output);
    }

    private Flow loop(Statement.For statement, Scope scope, StringBuilder output) {
        Object items = value(statement.items(), scope);
        rendering.budget().read(items);
        rendering.at(statement.line());
        Loop loop = statement.test() == null
                ? new Loop(Iteration.of(items), Types.hasLength(items) ? Types.length(items) : -1)
                : new Loop(new Selected(statement, Iteration.of(items), scope), -1);
        boolean completed = false;
        while (loop.advance()) {
            rendering.budget().spend(ITERATION_STEPS);
            Scope inner = new Scope(scope);
            inner.set("loop", loop);
            assign(statement.target(), loop.current(), inner);
            Flow flow = run(statement.body(), inner, output);
            // As in Jinja, an iteration that break or continue ended does not keep the else branch away.
            if (flow == Flow.NEXT) completed = true;
            if (flow == Flow.BREAK) break;
        }
        return completed ? Flow.NEXT : run(statement.otherwise(), new Scope(scope), output);
    }

    /** The items of a loop with a condition, which is evaluated item by item while the loop runs. */
    private final class Selected implements Iterator<Object> {
        private final Statement.For statement;
        private final Iterator<Object> items;
        private final Scope scope;
        private final List<Object> next = new ArrayList<>();

        Selected(Statement.For statement, Iterator<Object> items, Scope scope) {
            this.statement = statement;
            this.items = items;
            this.scope = scope;
        }

        @Override
        public boolean hasNext() {
            while (next.isEmpty() && items.hasNext()) {
                Scope inner = new Scope(scope);
                assign(statement.target(), items.next(), inner);
                Expression test = statement.test();
                if (test != null && rendering.evaluator().truth(test, inner)) next.add(read(statement.target(), inner));
            }
            return !next.isEmpty();
        }

        @Override
        public Object next() {
            if (!hasNext()) throw new NoSuchElementException();
            return next.removeFirst();
        }

        private Object read(Target target, Scope inner) {
            return switch (target) {
                case Target.Variable variable -> inner.get(variable.name());
                case Target.Several several ->
                    new Tuple(several.targets().stream()
                            .map(one -> read(one, inner))
                            .toList());
                case Target.NamespaceAttribute attribute -> throw new IllegalStateException(attribute.toString());
            };
        }
    }

    private Flow blockAssignment(Statement.BlockAssignment block, Scope scope) {
        Scope inner = new Scope(scope);
        StringBuilder captured = new StringBuilder();
        Flow flow = run(block.body(), inner, captured);
        if (flow != Flow.NEXT) return flow;
        inner.set(Statement.CAPTURED, captured.toString());
        checkNamespaces(block.target(), scope);
        assign(block.target(), value(block.value(), inner), scope);
        return Flow.NEXT;
    }

    private Flow filterBlock(Statement.FilterBlock block, Scope scope, StringBuilder output) {
        Scope inner = new Scope(scope);
        StringBuilder captured = new StringBuilder();
        Flow flow = run(block.body(), inner, captured);
        if (flow != Flow.NEXT) return flow;
        inner.set(Statement.CAPTURED, captured.toString());
        append(output, rendering.texts().str(value(block.value(), inner)));
        return Flow.NEXT;
    }

    private Flow with(Statement.With with, Scope scope, StringBuilder output) {
        Scope inner = new Scope(scope);
        for (int i = 0; i < with.targets().size(); i++)
            assign(with.targets().get(i), value(with.values().get(i), scope), inner);
        return run(with.body(), inner, output);
    }

    private Object call(Statement.CallBlock block, Scope scope) {
        Object callee = value(block.call().function(), scope);
        Arguments written = rendering.evaluator().arguments(block.call().arguments(), scope);
        Macro caller = new Macro(block.caller(), scope);
        rendering.at(block.line());
        return rendering.evaluator().call(callee, written.with("caller", caller));
    }

    private void checkNamespaces(Target target, Scope scope) {
        switch (target) {
            case Target.Variable variable -> {}
            case Target.Several several -> several.targets().forEach(one -> checkNamespaces(one, scope));
            case Target.NamespaceAttribute attribute -> {
                if (!(scope.get(attribute.namespace()) instanceof Namespace))
                    throw new Problem("cannot assign attribute on non-namespace object");
            }
        }
    }

    void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Target.Variable variable -> scope.set(variable.name(), value);
            case Target.NamespaceAttribute attribute -> {
                if (scope.get(attribute.namespace()) instanceof Namespace namespace)
                    namespace.set(attribute.attribute(), value);
            }
            case Target.Several several -> {
                List<Object> items = Iteration.list(value, rendering.budget());
                if (items.size() != several.targets().size())
                    throw new Problem("cannot unpack %d values into %d variables"
                            .formatted(items.size(), several.targets().size()));
                for (int i = 0; i < items.size(); i++) assign(several.targets().get(i), items.get(i), scope);
            }
        }
    }
}
