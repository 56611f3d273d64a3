package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Keys that cells of a sweep leave out, and whether any cell has a use for them: what none has is a slip, as in a run file. */
final class IdleKeys {
    /** By it answers are judged, whether or not runs learn from it. */
    private static final String JUDGES = "reward";

    private final Map<String, String> idle = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>(Set.of(JUDGES));

    /** @param where names the cell */
    void note(CellFile cell, String where) {
        used.addAll(cell.file().keys());
        cell.leftOut()
                .forEach((key, problem) ->
                        idle.putIfAbsent(key, problem + "\n  in every cell that has it, such as that of " + where));
    }

    /** @throws Failure CALLER with each key that no cell has a use for */
    void refuse() {
        idle.keySet().removeAll(used);
        if (!idle.isEmpty()) throw new Failure(Failure.Kind.CALLER, String.join("\n", idle.values()));
    }
}
