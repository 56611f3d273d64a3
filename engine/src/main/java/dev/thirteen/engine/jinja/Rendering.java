package dev.thirteen.engine.jinja;

import java.time.Clock;

/** One rendering of a template: what it may use, and where it is. */
final class Rendering {
    private final Budget budget = new Budget();
    private final Clock clock;
    private final Texts texts = new Texts(budget);
    private final Comparisons comparisons = new Comparisons(budget);
    private final Access access = new Access(this);
    private final Evaluator evaluator = new Evaluator(this);
    private final Renderer renderer = new Renderer(this);
    private int line = 1;

    Rendering(Clock clock) {
        this.clock = clock;
    }

    Budget budget() {
        return budget;
    }

    Clock clock() {
        return clock;
    }

    Texts texts() {
        return texts;
    }

    Comparisons comparisons() {
        return comparisons;
    }

    Access access() {
        return access;
    }

    Evaluator evaluator() {
        return evaluator;
    }

    Renderer renderer() {
        return renderer;
    }

    /** The line that is being evaluated. */
    int line() {
        return line;
    }

    void at(int newLine) {
        line = newLine;
    }
}
