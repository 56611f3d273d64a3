package dev.thirteen.engine.jinja;

import dev.thirteen.engine.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses what is assigned to. */
final class TargetParser {
    private static final Set<String> CONSTANTS = Set.of("true", "True", "false", "False", "none", "None");

    private final TokenStream stream;
    private final ParseScopes scopes;

    TargetParser(TokenStream stream, ParseScopes scopes) {
        this.stream = stream;
        this.scopes = scopes;
    }

    /** The target of {@code set}, which may be an attribute of a namespace. */
    Target ofSet() {
        return several(true, false);
    }

    /** The target of {@code for} or {@code with}. */
    Target plain() {
        return several(false, false);
    }

    /** A name that can be assigned to. */
    String name() {
        int line = stream.line();
        String name = stream.expectName();
        if (CONSTANTS.contains(name)) throw new Problem("can't assign to 'const'", line);
        return name;
    }

    private Target several(boolean namespaces, boolean parentheses) {
        int line = stream.line();
        List<Target> targets = new ArrayList<>();
        boolean comma = false;
        while (!ends()) {
            targets.add(one(namespaces));
            if (!stream.skipOperator(",")) break;
            comma = true;
        }
        if (!comma && targets.size() == 1) return targets.getFirst();
        if (!comma && !parentheses)
            throw stream.problem(
                    "Expected an expression, got '" + stream.current().description() + "'");
        return new Target.Several(line, targets);
    }

    private boolean ends() {
        return stream.at(Token.Type.BLOCK_END) || stream.atOperator(")") || stream.atName("in");
    }

    private Target one(boolean namespaces) {
        int line = stream.line();
        if (stream.skipOperator("(")) {
            Target inside = several(false, true);
            stream.expectOperator(")");
            return inside;
        }
        if (!stream.at(Token.Type.NAME))
            throw stream.problem("can't assign to '" + stream.current().description() + "'");
        String name = name();
        if (namespaces && stream.skipOperator(".")) {
            scopes.read(name);
            return new Target.NamespaceAttribute(line, name, stream.expectName());
        }
        scopes.assigned(name, line);
        return new Target.Variable(line, name);
    }
}
