package dev.thirteen.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Two sides in this very process. */
final class Pair {
    private Pair() {}

    /** After a round of each that does not count. */
    static Line compare(String name, int rounds, Side ours, Side other) {
        ours.round(0);
        other.round(0);
        double[] left = new double[rounds];
        double[] right = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            left[i] = ours.round(i);
            right[i] = other.round(i);
            Progress.say(String.format(
                    Locale.ROOT, "%s round %d of %d: %.2f and %.2f", name, i + 1, rounds, left[i], right[i]));
        }
        return Line.of(name, Unit.TOKENS, left, right);
    }

    /** The line of the lowest ratio under the name of the whole, then all. */
    static List<Line> withWorst(String name, List<Line> lines) {
        Line worst = lines.stream().min(Comparator.comparingDouble(Line::ratio)).orElseThrow();
        List<Line> all = new ArrayList<>();
        all.add(worst.named(name));
        all.addAll(lines);
        return all;
    }
}
