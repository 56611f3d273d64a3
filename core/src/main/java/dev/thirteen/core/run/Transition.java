package dev.thirteen.core.run;

import java.util.List;

/** A decision: the next state, and what is to be done in this order. */
public record Transition(RunState next, List<Effect> effects) {
    public Transition {
        effects = List.copyOf(effects);
    }

    static Transition to(RunState next, Effect... effects) {
        return new Transition(next, List.of(effects));
    }
}
