package dev.thirteen.core.failure;

import dev.thirteen.core.failure.Failure.FieldProblem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Gathers what is wrong with fields, by their dotted paths. */
public final class FieldRules {
    private final List<FieldProblem> problems = new ArrayList<>();

    /** What is wrong so far, in the order of the checks. */
    public List<FieldProblem> problems() {
        return List.copyOf(problems);
    }

    /** Adds what another check found. */
    public void addAll(List<FieldProblem> others) {
        problems.addAll(others);
    }

    public void require(String path, boolean holds, String problem) {
        if (!holds) problems.add(new FieldProblem(path, problem));
    }

    public void within(String path, double value, double low, double high) {
        require(path, value >= low && value <= high, "must be %s to %s, not %s".formatted(low, high, value));
    }

    public void range(String path, long value, long low, long high) {
        require(path, value >= low && value <= high, "must be %d to %d, not %d".formatted(low, high, value));
    }

    public void oneOf(String path, String value, Collection<String> allowed) {
        String names = String.join(", ", allowed.stream().sorted().toList());
        require(path, allowed.contains(value), "must be one of " + names + ", not '" + value + "'");
    }
}
