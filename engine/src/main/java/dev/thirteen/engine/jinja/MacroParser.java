package dev.thirteen.engine.jinja;

import dev.thirteen.engine.jinja.Statement.MacroShape;
import dev.thirteen.engine.jinja.Statement.Parameter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Parses macros and call blocks. */
final class MacroParser {
    private final TokenStream stream;
    private final ParseScopes scopes;
    private final ExpressionParser expressions;
    private final StatementParser statements;
    private final TargetParser targets;

    MacroParser(TokenStream stream, ParseScopes scopes, ExpressionParser expressions, StatementParser statements) {
        this.stream = stream;
        this.scopes = scopes;
        this.expressions = expressions;
        this.statements = statements;
        this.targets = new TargetParser(stream, scopes);
    }

    Statement macro(int line) {
        String name = targets.name();
        return new Statement.MacroDefinition(line, shape(name, parameters(), "endmacro", line));
    }

    Statement callBlock(int line) {
        List<Parameter> parameters = stream.atOperator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof Expression.Call call)) throw new Problem("expected call", line);
        return new Statement.CallBlock(line, shape("caller", parameters, "endcall", line), call);
    }

    private MacroShape shape(String name, List<Parameter> parameters, String endTag, int line) {
        Set<String> specials = new HashSet<>();
        List<Statement> body = scopes.macroBody(specials, () -> statements.body(endTag));
        for (Parameter parameter : parameters) {
            boolean read = specials.remove(parameter.name());
            if (read && parameter.name().equals("caller") && parameter.value() == null)
                throw new Problem("the special \"caller\" argument must be omitted or be given a default", line);
        }
        return new MacroShape(name, parameters, body, specials);
    }

    private List<Parameter> parameters() {
        stream.expectOperator("(");
        List<Parameter> parameters = new ArrayList<>();
        boolean defaults = false;
        while (!stream.skipOperator(")")) {
            if (!parameters.isEmpty()) stream.expectOperator(",");
            String name = targets.name();
            scopes.declared(name);
            if (parameters.stream().anyMatch(other -> other.name().equals(name)))
                throw stream.problem("duplicate argument '" + name + "'");
            Expression value = stream.skipOperator("=") ? scopes.functionBody(expressions::expression) : null;
            if (value == null && defaults) throw stream.problem("non-default argument follows default argument");
            defaults = value != null;
            parameters.add(new Parameter(name, value));
        }
        return parameters;
    }
}
