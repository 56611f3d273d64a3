package dev.thirteen.core.evaluation;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.sampling.CounterRandom;
import dev.thirteen.core.statistics.RougeL;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Probes for a benchmark in a model's training text: Wu et al. 2025, "Reasoning or Memorization?" (arXiv 2507.10532),
 * sections 3.1 and 3.2. Numbers are replaced rather than permuted: a permutation leaves sums and products as they are, and
 * the original answer would be right.
 */
public final class Probes {
    private static final Pattern NUMBER = Pattern.compile("\\d++");

    private Probes() {}

    /**
     * All questions about the problems, those of one problem together.
     *
     * @param shares of the text to show, each within (0, 1)
     * @param control whether the problems were generated
     * @param seed of the changed numbers
     */
    public static List<ProbeItem> items(List<Problem> problems, List<Double> shares, boolean control, long seed) {
        List<ProbeItem> items = new ArrayList<>();
        for (int i = 0; i < problems.size(); i++) {
            Problem problem = problems.get(i);
            items.add(new ProbeItem(named(problem, "full", problem.question()), ProbeItem.Kind.FULL, 1, control));
            for (double share : shares) items.addAll(cut(problem, share, control));
            changed(problem, seed, i)
                    .map(text -> named(problem, "changed-numbers", text))
                    .ifPresent(other -> items.add(new ProbeItem(other, ProbeItem.Kind.CHANGED_NUMBERS, 1, control)));
        }
        return items;
    }

    /** Whether a completion begins with the rest of the text, white space aside. */
    public static boolean completes(String rest, String completion) {
        return spaced(completion).startsWith(spaced(rest));
    }

    /** ROUGE-L of the rest and as many words of the completion as the rest has: what follows it is no mistake. */
    public static double likeness(String rest, String completion) {
        String[] words = completion.strip().split("\\s++");
        int length = rest.strip().split("\\s++").length;
        return RougeL.f1(rest, String.join(" ", List.of(words).subList(0, Math.min(length, words.length))));
    }

    private static List<ProbeItem> cut(Problem problem, double share, boolean control) {
        int at = boundary(problem.question(), share);
        if (at <= 0) return List.of();
        String shown = problem.question().substring(0, at);
        String percent = Math.round(100 * share) + "%";
        Problem partial = named(problem, "partial-" + percent, shown);
        Problem rest = new Problem(
                problem.id() + "|completion-" + percent,
                shown,
                problem.question().substring(at).strip());
        return List.of(
                new ProbeItem(rest, ProbeItem.Kind.COMPLETION, share, control),
                new ProbeItem(partial, ProbeItem.Kind.PARTIAL, share, control));
    }

    /** Where a word ends, nearest to the share of the characters; 0 where that leaves nothing on one side. */
    private static int boundary(String text, double share) {
        int target = (int) Math.round(share * text.length());
        int best = 0;
        for (int i = 1; i < text.length(); i++) {
            boolean end = Character.isWhitespace(text.charAt(i)) && !Character.isWhitespace(text.charAt(i - 1));
            boolean something = !text.substring(i).isBlank();
            if (end && something && (best == 0 || Math.abs(i - target) < Math.abs(best - target))) best = i;
        }
        return best;
    }

    /** The text with every number replaced by another of as many digits; empty where it has none. */
    private static Optional<String> changed(Problem problem, long seed, int stream) {
        StringBuilder text = new StringBuilder();
        Matcher numbers = NUMBER.matcher(problem.question());
        long position = 0;
        while (numbers.find()) {
            StringBuilder other = new StringBuilder();
            for (char digit : numbers.group().toCharArray()) {
                // 1 to 8 more, modulo 9, stays within 1 to 9 and never gives the digit again.
                int step = 1 + (int) Math.unsignedMultiplyHigh(CounterRandom.bits(seed, stream, position++), 8);
                other.append(digit == '0' ? step : 1 + (digit - '1' + step) % 9);
            }
            numbers.appendReplacement(text, other.toString());
        }
        if (position == 0) return Optional.empty();
        return Optional.of(numbers.appendTail(text).toString());
    }

    private static Problem named(Problem problem, String what, String question) {
        return new Problem(problem.id() + "|" + what, question, problem.answer());
    }

    private static String spaced(String text) {
        return text.strip().replaceAll("\\s++", " ");
    }
}
