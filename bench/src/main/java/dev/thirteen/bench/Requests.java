package dev.thirteen.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Requests by their lengths.
 *
 * @param prompt tokens of the prompt
 * @param answer tokens that are generated
 */
record Requests(int prompt, int answer) {
    private static final String GSM8K = "gsm8k_lengths.txt";

    static List<Requests> equal(int count, int prompt, int answer) {
        List<Requests> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) requests.add(new Requests(prompt, answer));
        return requests;
    }

    /** Prompt and answer uniform in a range, both ends included. */
    static List<Requests> uniform(int count, int least, int most, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Requests> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(new Requests(random.nextInt(least, most + 1), random.nextInt(least, most + 1)));
        }
        return requests;
    }

    /** The first problems of GSM8K. */
    static List<Requests> gsm8k(int count) {
        List<Requests> requests = new ArrayList<>();
        try (InputStream in = Requests.class.getResourceAsStream(GSM8K)) {
            if (in == null) throw new IllegalStateException(GSM8K + " is missing");
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null && requests.size() < count; line = lines.readLine()) {
                if (line.startsWith("#")) continue;
                String[] numbers = line.split(" ", -1);
                requests.add(new Requests(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1])));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return requests;
    }

    static long answers(List<Requests> requests) {
        return requests.stream().mapToLong(Requests::answer).sum();
    }

    static int longest(List<Requests> requests) {
        return requests.stream()
                .mapToInt(one -> one.prompt() + one.answer())
                .max()
                .orElse(0);
    }
}
