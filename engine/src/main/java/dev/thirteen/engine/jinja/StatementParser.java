package dev.thirteen.engine.jinja;

import dev.thirteen.engine.jinja.Statement.Branch;
import dev.thirteen.engine.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses the statements of a template. */
final class StatementParser {
    private static final Set<String> REFUSED =
            Set.of("block", "extends", "print", "include", "from", "import", "autoescape");

    private final TokenStream stream;
    private final ParseScopes scopes = new ParseScopes();
    private final ExpressionParser expressions;
    private final TargetParser targets;
    private final MacroParser macros;

    private StatementParser(TokenStream stream) {
        this.stream = stream;
        this.expressions = new ExpressionParser(stream, scopes);
        this.targets = new TargetParser(stream, scopes);
        this.macros = new MacroParser(stream, scopes, expressions, this);
    }

    static List<Statement> parse(String source) {
        StatementParser parser = new StatementParser(new TokenStream(Lexer.tokens(source)));
        List<Statement> statements = parser.statements(Set.of());
        parser.scopes.close();
        return statements;
    }

    /** The body of a block up to its end tag, which is read, too. */
    List<Statement> body(String endTag) {
        List<Statement> body = body(Set.of(endTag));
        stream.next();
        return body;
    }

    /** The body of a block; the name of the tag that ends it becomes current. */
    private List<Statement> body(Set<String> endTags) {
        stream.skipOperator(":");
        stream.expect(Token.Type.BLOCK_END);
        List<Statement> statements = scopes.nested(stream, () -> statements(endTags));
        if (stream.at(Token.Type.END))
            throw stream.problem("Unexpected end of template. Jinja was looking for the following tags: '"
                    + String.join("' or '", endTags.stream().sorted().toList()) + "'.");
        return statements;
    }

    private List<Statement> statements(Set<String> endTags) {
        List<Statement> statements = new ArrayList<>();
        while (!stream.at(Token.Type.END)) {
            Token token = stream.next();
            switch (token.type()) {
                case DATA -> statements.add(new Statement.Text(token.text()));
                case VARIABLE_BEGIN -> {
                    statements.add(new Statement.Output(expressions.tuple(true, Set.of())));
                    stream.expect(Token.Type.VARIABLE_END);
                }
                default -> {
                    if (stream.at(Token.Type.NAME)
                            && endTags.contains(stream.current().text())) return statements;
                    statements.add(statement());
                    stream.expect(Token.Type.BLOCK_END);
                }
            }
        }
        return statements;
    }

    private Statement statement() {
        if (!stream.at(Token.Type.NAME)) throw stream.problem("tag name expected");
        Token tag = stream.next();
        return switch (tag.text()) {
            case "if" -> condition();
            case "for" -> loop(tag.line());
            case "set" -> assignment(tag.line());
            case "macro" -> macros.macro(tag.line());
            case "call" -> macros.callBlock(tag.line());
            case "filter" -> filterBlock(tag.line());
            case "with" -> with(tag.line());
            case "generation" -> new Statement.Scoped(tag.line(), scopes.functionBody(() -> body("endgeneration")));
            case "break" -> jump(tag, new Statement.Break());
            case "continue" -> jump(tag, new Statement.Continue());
            default -> throw unknown(tag);
        };
    }

    private static Problem unknown(Token tag) {
        return new Problem(
                REFUSED.contains(tag.text())
                        ? "the tag '" + tag.text() + "' is not supported"
                        : "Encountered unknown tag '" + tag.text() + "'.",
                tag.line());
    }

    private Statement condition() {
        return scopes.conditional(() -> {
            List<Branch> branches = new ArrayList<>();
            List<Statement> otherwise = List.of();
            String next = "elif";
            while (next.equals("elif")) {
                Expression test = expressions.tuple(false, Set.of());
                branches.add(new Branch(test, body(Set.of("elif", "else", "endif"))));
                next = stream.next().text();
            }
            if (next.equals("else")) otherwise = body("endif");
            return new Statement.If(branches, otherwise);
        });
    }

    private Statement loop(int line) {
        scopes.enterLoop();
        Target target = targets.plain();
        stream.expectName("in");
        Expression items = expressions.tuple(false, Set.of("recursive"));
        @Nullable Expression test = stream.skipName("if") ? scopes.body(expressions::expression) : null;
        if (stream.atName("recursive")) throw stream.problem("recursive loops are not supported");
        List<Statement> body = scopes.loopBody(() -> body(Set.of("endfor", "else")));
        boolean hasElse = stream.next().text().equals("else");
        List<Statement> otherwise = hasElse ? scopes.body(() -> body("endfor")) : List.of();
        scopes.leaveLoop();
        return new Statement.For(line, target, items, test, body, otherwise);
    }

    private Statement assignment(int line) {
        Target target = targets.ofSet();
        if (stream.skipOperator("=")) return new Statement.Assignment(line, target, expressions.tuple(true, Set.of()));
        return scopes.body(() -> {
            Expression value = new Expression.Name(line, Statement.CAPTURED);
            while (stream.skipOperator("|")) value = expressions.filter(value);
            return new Statement.BlockAssignment(line, target, value, body("endset"));
        });
    }

    private Statement filterBlock(int line) {
        return scopes.body(() -> {
            Expression value = expressions.filter(new Expression.Name(line, Statement.CAPTURED));
            while (stream.skipOperator("|")) value = expressions.filter(value);
            return new Statement.FilterBlock(line, value, body("endfilter"));
        });
    }

    private Statement with(int line) {
        List<Target> variables = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!stream.at(Token.Type.BLOCK_END)) {
            if (!variables.isEmpty()) stream.expectOperator(",");
            variables.add(targets.plain());
            stream.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Statement.With(line, variables, values, scopes.body(() -> body("endwith")));
    }

    private Statement jump(Token tag, Statement statement) {
        if (!scopes.canBreak()) throw new Problem("'" + tag.text() + "' outside loop", tag.line());
        return statement;
    }
}
