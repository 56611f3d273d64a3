package dev.thirteen.cli.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An adapter's values, changed.
 *
 * @param kind of the change
 * @param part index of the changed part; -1 where all values are scaled
 * @param scale factor of what is changed
 * @param values all values after the change; not to be changed
 */
public record Variant(Kind kind, int part, double scale, float[] values) {
    /** How values are changed. */
    public enum Kind {
        /** All of them times a number: 0 is the base, 1 the adapter. */
        SCALED,
        /** Those of one part are 0. */
        WITHOUT,
        /** Those of one part are doubled. */
        DOUBLED
    }

    /** Scales from beyond the base to beyond the adapter. */
    public static final List<Double> SCALES = List.of(-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0);

    /**
     * The values times each of {@link #SCALES}, and each part set to zero and doubled.
     *
     * @param parts lengths of the parts, which follow each other in the values
     * @param most parts that are changed: those with the largest Euclidean norm
     */
    public static List<Variant> of(float[] values, List<Integer> parts, int most) {
        List<Variant> variants = new ArrayList<>();
        for (double scale : SCALES) variants.add(scaled(values, scale));
        for (int part : largest(values, parts, most)) {
            variants.add(changed(Kind.WITHOUT, values, parts, part, 0));
            variants.add(changed(Kind.DOUBLED, values, parts, part, 2));
        }
        return variants;
    }

    // Adding 0 makes +0 of -0, so that the base is the base to the bit.
    private static Variant scaled(float[] values, double scale) {
        float[] scaled = new float[values.length];
        for (int i = 0; i < values.length; i++) scaled[i] = (float) (scale * values[i]) + 0f;
        return new Variant(Kind.SCALED, -1, scale, scaled);
    }

    private static Variant changed(Kind kind, float[] values, List<Integer> parts, int part, double scale) {
        float[] changed = values.clone();
        int from = offset(parts, part);
        for (int i = from; i < from + parts.get(part); i++) changed[i] = (float) (scale * values[i]) + 0f;
        return new Variant(kind, part, scale, changed);
    }

    /** Indices of the parts with the largest norms, in their order. */
    static List<Integer> largest(float[] values, List<Integer> parts, int most) {
        return IntStream.range(0, parts.size())
                .boxed()
                .sorted(Comparator.comparingDouble(part -> -norm(values, parts, part)))
                .limit(most)
                .sorted()
                .toList();
    }

    /** Euclidean norm of a part. */
    public static double norm(float[] values, List<Integer> parts, int part) {
        int from = offset(parts, part);
        double squares = 0;
        for (int i = from; i < from + parts.get(part); i++) squares += (double) values[i] * values[i];
        return Math.sqrt(squares);
    }

    private static int offset(List<Integer> parts, int part) {
        return parts.subList(0, part).stream().mapToInt(Integer::intValue).sum();
    }
}
