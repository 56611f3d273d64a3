package dev.thirteen.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.verifier.Question;
import dev.thirteen.verifier.Verifier;
import dev.thirteen.verifier.symbolic.SymbolicWorkers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Comparisons a second of processor time, with that of the processes of symbolic algebra, on cases of bench/cases. */
final class Verifying {
    private static final int ROUNDS = 5;
    private static final long ROUND_NANOS = 1_000_000_000L;

    private record Case(String gold, String prediction, boolean expected, Question question) {}

    private final List<Case> cases;
    private final Verifier verifier;

    private Verifying(List<Case> cases, Verifier verifier) {
        this.cases = cases;
        this.verifier = verifier;
    }

    static List<Line> lines(String name, Place place, String file) {
        Path path = place.home().resolve("bench/cases/" + file);
        try (SymbolicWorkers algebra = new SymbolicWorkers(1, Duration.ofSeconds(1));
                Peer peer = place.peer(
                        "verify.py",
                        new ObjectMapper()
                                .createObjectNode()
                                .put("cases", path.toString())
                                .toString())) {
            Verifying ours = new Verifying(read(path), new Verifier(algebra, Duration.ofSeconds(1)));
            place.note("ours agrees with %d of %d cases".formatted(ours.agreeing(), ours.cases.size()));
            for (int warm = 0; warm < 3; warm++) ours.round(warm);
            Rounds rounds = Rounds.alternate(ROUNDS, ours::round, peer);
            place.note(ours.tail());
            return List.of(Line.of(name, Unit.COMPARISONS, rounds.ours(), rounds.peer()));
        }
    }

    private static List<Case> read(Path path) {
        ObjectMapper json = new ObjectMapper();
        List<Case> cases = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(path)) {
                JsonNode node = json.readTree(line);
                boolean completion = node.path("kind").asText().equals("completion");
                Question question = completion ? Question.COMPLETION : Question.ANSWER;
                cases.add(new Case(
                        node.get("gold").asText(),
                        node.get("prediction").asText(),
                        node.get("expected").asBoolean(),
                        question));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be read", e);
        }
        return cases;
    }

    private boolean correct(Case one) {
        return verifier.verify(one.gold(), one.prediction(), one.question()).verdict() instanceof Verdict.Correct;
    }

    private long agreeing() {
        return cases.stream().filter(one -> correct(one) == one.expected()).count();
    }

    private double round(int number) {
        long children = childrenNanos();
        long start = threadNanos();
        long count = 0;
        while (threadNanos() - start < ROUND_NANOS) {
            for (Case one : cases) correct(one);
            count += cases.size();
        }
        long own = threadNanos() - start;
        return count * 1e9 / (own + childrenNanos() - children);
    }

    /** Processor time of the processes that are asked, to a hundredth of a second. */
    private static long childrenNanos() {
        return ProcessHandle.current()
                .children()
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .mapToLong(process ->
                        process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos())
                .sum();
    }

    private static long threadNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** How long single comparisons take by the clock, in words. */
    private String tail() {
        List<Double> millis = new ArrayList<>();
        for (int pass = 0; pass < 20; pass++) {
            for (Case one : cases) {
                long before = System.nanoTime();
                correct(one);
                millis.add((System.nanoTime() - before) * 1e-6);
            }
        }
        double[] sorted = millis.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "one comparison: median %.3f ms, p99 %.3f ms",
                sorted[sorted.length / 2],
                sorted[sorted.length * 99 / 100]);
    }
}
