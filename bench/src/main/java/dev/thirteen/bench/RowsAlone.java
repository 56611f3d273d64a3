package dev.thirteen.bench;

import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Policy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * {@code bin/bench --alone}: on how many rows of a batch another text is drawn than alone, with the same seeds. Products of
 * other sizes round otherwise, which now and then moves a draw over the edge between two tokens.
 */
public final class RowsAlone {
    private static final int PROMPT = 128;
    private static final int ANSWER = 128;
    private static final long SEED = 11;
    /** Rows that are drawn again, one after the other. */
    private static final int COMPARED = 64;
    /** Random weights at 1 are all but indifferent between tokens; language models are as sure as these at less. */
    private static final float[] TEMPERATURES = {1, 0.1f, 0.05f};

    private RowsAlone() {}

    /** home, shape as {@code 0.5b}, rows */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        Place place = new Place(Path.of(arguments[0]).toAbsolutePath(), "python3");
        Shapes shape = Shapes.named(arguments[1]);
        int rows = Integer.parseInt(arguments[2]);
        System.out.printf(Locale.ROOT, "%s, %s, %d rows%n", Machine.describe(), shape, rows);
        try (BaseModel base = Models.load(place, shape);
                Decoder decoder = new Decoder(base, new Decoder.Options(rows, PROMPT + ANSWER, false))) {
            for (float temperature : TEMPERATURES) {
                List<Decoder.Group> groups = groups(shape.vocabulary(), rows, temperature);
                Map<Long, List<Decoder.Token>> together = drawn(decoder, groups);
                Map<Long, List<Decoder.Token>> alone = new HashMap<>();
                List<Decoder.Group> compared = groups.subList(0, Math.min(COMPARED, rows));
                for (Decoder.Group group : compared) alone.putAll(drawn(decoder, List.of(group)));
                System.out.println("temperature " + temperature + ": " + Difference.of(together, alone));
            }
        }
        System.exit(0);
    }

    /**
     * Of rows that were drawn twice.
     *
     * @param differing those that do not agree to the end
     * @param agreed mean number of tokens before the first difference, in those rows
     * @param apart mean difference of a log-prob (absolute, nats) as far as rows agree
     * @param logProb mean log-prob (nats) of what was drawn
     */
    record Difference(int rows, int differing, double agreed, double apart, double logProb) {
        static Difference of(Map<Long, List<Decoder.Token>> together, Map<Long, List<Decoder.Token>> alone) {
            int differing = 0;
            double agreed = 0;
            double apart = 0;
            double logProb = 0;
            int tokens = 0;
            for (Map.Entry<Long, List<Decoder.Token>> row : alone.entrySet()) {
                List<Decoder.Token> there = together.getOrDefault(row.getKey(), List.of());
                List<Decoder.Token> here = row.getValue();
                int same = 0;
                while (same < here.size()
                        && here.get(same).tokenId() == there.get(same).tokenId()) {
                    apart += Math.abs(here.get(same).logProb() - there.get(same).logProb());
                    logProb += here.get(same).logProb();
                    same++;
                }
                tokens += same;
                if (same == here.size()) continue;
                differing++;
                agreed += same;
            }
            int counted = Math.max(1, tokens);
            return new Difference(
                    alone.size(), differing, agreed / Math.max(1, differing), apart / counted, logProb / counted);
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%d of %d rows differ, after %.0f tokens in the mean; log-probs %.5f apart, in the mean %.2f",
                    differing,
                    rows,
                    agreed,
                    apart,
                    logProb);
        }
    }

    private static List<Decoder.Group> groups(int vocabulary, int rows, float temperature) {
        SplittableRandom random = new SplittableRandom(SEED);
        SamplingParameters sampling = new SamplingParameters(temperature, 1, 0, ANSWER, SEED);
        List<Decoder.Group> groups = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            int[] prompt = random.ints(PROMPT, 0, vocabulary).toArray();
            groups.add(new Decoder.Group(i, Policy.BASE, prompt, 1, sampling, i));
        }
        return groups;
    }

    private static Map<Long, List<Decoder.Token>> drawn(Decoder decoder, List<Decoder.Group> groups) {
        Map<Long, List<Decoder.Token>> drawn = new HashMap<>();
        groups.forEach(decoder::admit);
        while (decoder.runningRows() > 0) {
            for (Decoder.Token token : decoder.step()) {
                drawn.computeIfAbsent(token.group(), _ -> new ArrayList<>()).add(token);
            }
        }
        return drawn;
    }
}
