package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Arrays of golden files, and how far two of them are apart. */
final class Numbers {
    private Numbers() {}

    /** Numbers of an array, however deep they are nested. */
    static double[] flat(JsonNode array) {
        List<Double> numbers = new ArrayList<>();
        collect(array, numbers);
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static void collect(JsonNode node, List<Double> into) {
        if (node.isNumber()) {
            into.add(node.doubleValue());
        } else {
            node.forEach(child -> collect(child, into));
        }
    }

    static int[] ints(JsonNode array) {
        int[] ints = new int[array.size()];
        for (int i = 0; i < ints.length; i++) ints[i] = array.get(i).asInt();
        return ints;
    }

    static double[] wide(float[] numbers) {
        double[] wide = new double[numbers.length];
        for (int i = 0; i < wide.length; i++) wide[i] = numbers[i];
        return wide;
    }

    /** Largest absolute difference; infinite where the lengths differ. */
    static double largest(double[] actual, double[] expected) {
        if (actual.length != expected.length) return Double.POSITIVE_INFINITY;
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double distance = Math.abs(actual[i] - expected[i]);
            if (!(distance <= largest)) largest = distance;
        }
        return largest;
    }

    /** Mean absolute difference; infinite where the lengths differ. */
    static double mean(double[] actual, double[] expected) {
        if (actual.length != expected.length) return Double.POSITIVE_INFINITY;
        double sum = 0;
        for (int i = 0; i < actual.length; i++) sum += Math.abs(actual[i] - expected[i]);
        return actual.length == 0 ? 0 : sum / actual.length;
    }

    /** ‖actual − expected‖ / ‖expected‖; infinite where the lengths differ. */
    static double relative(double[] actual, double[] expected) {
        if (actual.length != expected.length) return Double.POSITIVE_INFINITY;
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return difference == 0 ? 0 : Math.sqrt(difference / norm);
    }

    /** Largest difference in units of what a number may differ: 1 at the bound max(absolute, relative · |expected|). */
    static double scaled(double[] actual, double[] expected, double absolute, double relative) {
        if (actual.length != expected.length) return Double.POSITIVE_INFINITY;
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double bound = Math.max(absolute, relative * Math.abs(expected[i]));
            double distance = Math.abs(actual[i] - expected[i]) / bound;
            if (!(distance <= largest)) largest = distance;
        }
        return largest;
    }
}
