package dev.thirteen.engine.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** What the parser knows of the blocks around the place it reads. */
final class ParseScopes {
    /** Nested brackets and blocks; Python's parser of Jinja gives up at about as many. */
    private static final int DEPTH = 100;

    private final List<Problem> unknown = new ArrayList<>();
    private final Deque<Specials> macros = new ArrayDeque<>();
    private boolean conditional;
    private int breakableLoops;
    private int loops;
    private int depth;

    private static final class Specials {
        private final Set<String> open = new HashSet<>(Set.of("caller", "kwargs", "varargs"));
        private final Set<String> read = new HashSet<>();
    }

    /** Parses one level deeper. */
    <T> T nested(TokenStream stream, Supplier<T> parse) {
        if (++depth > DEPTH) throw stream.problem("the template is nested too deeply");
        T parsed = parse.get();
        depth--;
        return parsed;
    }

    /** Parses what is evaluated only if a condition holds: an unknown filter there is no error before. */
    <T> T conditional(Supplier<T> parse) {
        return with(true, breakableLoops, parse);
    }

    /** Parses a body whose unknown filters are errors at once. */
    <T> T body(Supplier<T> parse) {
        return with(false, breakableLoops, parse);
    }

    /** Parses the body of a loop. */
    <T> T loopBody(Supplier<T> parse) {
        return with(false, breakableLoops + 1, parse);
    }

    /** Parses a body that is run on its own, so that it cannot end a loop around it. */
    <T> T functionBody(Supplier<T> parse) {
        return with(false, 0, parse);
    }

    /** Parses a macro's body; {@code read} receives which special variables it reads. */
    <T> T macroBody(Set<String> read, Supplier<T> parse) {
        Specials specials = new Specials();
        macros.push(specials);
        T body = functionBody(parse);
        macros.pop();
        read.addAll(specials.read);
        return body;
    }

    private <T> T with(boolean isConditional, int breakable, Supplier<T> parse) {
        boolean conditionalBefore = conditional;
        int breakableBefore = breakableLoops;
        conditional = isConditional;
        breakableLoops = breakable;
        T parsed = parse.get();
        conditional = conditionalBefore;
        breakableLoops = breakableBefore;
        return parsed;
    }

    boolean canBreak() {
        return breakableLoops > 0;
    }

    void enterLoop() {
        loops++;
    }

    void leaveLoop() {
        loops--;
    }

    void read(String name) {
        for (Specials macro : macros) if (macro.open.contains(name)) macro.read.add(name);
    }

    void assigned(String name, int line) {
        if (loops > 0 && name.equals("loop"))
            throw new Problem("Can't assign to special loop variable in for-loop target", line);
        declared(name);
    }

    /** A parameter or a variable of a with block. */
    void declared(String name) {
        for (Specials macro : macros) macro.open.remove(name);
    }

    /** A filter or test that is not known. */
    void unknown(String what, int line) {
        if (!conditional) unknown.add(new Problem(what, line));
    }

    /** How many unknown names there are; {@link #forgive} forgets those that came later. */
    int unknownCount() {
        return unknown.size();
    }

    void forgive(int count) {
        unknown.subList(count, unknown.size()).clear();
    }

    /** Throws for the first unknown name. */
    void close() {
        if (!unknown.isEmpty()) throw unknown.getFirst();
    }
}
