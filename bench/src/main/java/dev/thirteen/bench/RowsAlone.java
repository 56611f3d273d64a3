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
                Map<Long, List<Decoder.Token>> together = RowDifference.drawn(decoder, groups);
                Map<Long, List<Decoder.Token>> alone = new HashMap<>();
                List<Decoder.Group> compared = groups.subList(0, Math.min(COMPARED, rows));
                for (Decoder.Group group : compared) alone.putAll(RowDifference.drawn(decoder, List.of(group)));
                System.out.println("temperature " + temperature + ": "
                        + text(RowDifference.of(alone, together, Decoder.Token::logProb)));
            }
        }
        System.exit(0);
    }

    private static String text(RowDifference found) {
        return String.format(
                Locale.ROOT,
                "%d of %d rows differ, after %.0f tokens in the mean; log-probs %.5f apart, in the mean %.2f",
                found.differing(),
                found.rows(),
                found.agreed() / (double) Math.max(1, found.differing()),
                found.mean(),
                found.logProb() / Math.max(1, found.tokens()));
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
}
