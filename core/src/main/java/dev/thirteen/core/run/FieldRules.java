package dev.thirteen.core.run;

import dev.thirteen.core.failure.Failure.FieldProblem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Gathers what is wrong with fields, by their dotted paths. */
final class FieldRules {
    private final List<FieldProblem> problems = new ArrayList<>();

    List<FieldProblem> problems() {
        return List.copyOf(problems);
    }

    void require(String path, boolean holds, String problem) {
        if (!holds) problems.add(new FieldProblem(path, problem));
    }

    void within(String path, double value, double low, double high) {
        require(path, value >= low && value <= high, "must be %s to %s, not %s".formatted(low, high, value));
    }

    void range(String path, long value, long low, long high) {
        require(path, value >= low && value <= high, "must be %d to %d, not %d".formatted(low, high, value));
    }

    void oneOf(String path, String value, Collection<String> allowed) {
        String names = String.join(", ", allowed.stream().sorted().toList());
        require(path, allowed.contains(value), "must be one of " + names + ", not '" + value + "'");
    }
}
