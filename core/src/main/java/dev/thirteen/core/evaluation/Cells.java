package dev.thirteen.core.evaluation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Outcomes of one policy under one prompt and decoding: some answers a problem, some of them still out. Not shared. */
public final class Cells {
    private final @Nullable Outcome[][] outcomes; // [problem][sample]

    public Cells(int problems, int samples) {
        this.outcomes = new Outcome[problems][samples];
    }

    /** Takes an answer; whether it was the first for its place. */
    public boolean put(int problem, int sample, Outcome outcome) {
        if (outcomes[problem][sample] != null) return false;
        outcomes[problem][sample] = outcome;
        return true;
    }

    /** Whether the place has its answer. */
    public boolean has(int problem, int sample) {
        return outcomes[problem][sample] != null;
    }

    public int problems() {
        return outcomes.length;
    }

    /** Places of one problem. */
    public int samples() {
        return outcomes.length == 0 ? 0 : outcomes[0].length;
    }

    /** The answers to a problem that are there, in the order of their samples. */
    public List<Outcome> of(int problem) {
        List<Outcome> known = new ArrayList<>(outcomes[problem].length);
        for (Outcome outcome : outcomes[problem]) {
            if (outcome != null) known.add(outcome);
        }
        return known;
    }

    /** Share of right answers of each problem; NaN where there is none yet. */
    double[] means() {
        double[] means = new double[outcomes.length];
        for (int i = 0; i < means.length; i++) {
            means[i] =
                    of(i).stream().mapToDouble(o -> o.right() ? 1 : 0).average().orElse(Double.NaN);
        }
        return means;
    }
}
