package dev.thirteen.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.data.ArithmeticProblems;
import dev.thirteen.core.data.ArithmeticSplit;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.core.run.RunSpec.DataSource;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The problems of a run: generated, or read from a problem file among the blobs. */
@Singleton
class DataSets {
    /** A fixed number, so that a run of more steps begins as one of fewer; most runs meet no problem twice. */
    private static final int GENERATED = 16_384;

    private final Blobs blobs;
    private final ObjectMapper json = new ObjectMapper();

    DataSets(Blobs blobs) {
        this.blobs = blobs;
    }

    /**
     * The training problems of a valid spec, checked against its scorer.
     *
     * @throws Failure CALLER naming line and key, NOT_FOUND when the file was not put
     */
    List<Problem> training(RunSpec spec) {
        List<Problem> problems = problems(spec.data());
        // Said now, and not by a reward pod in the middle of the run.
        if (spec.reward().scorer().equals("numeric")) problems.forEach(DataSets::requireNumber);
        return problems;
    }

    /** All problems of a source. @throws Failure CALLER naming line and key, NOT_FOUND when the file was not put */
    List<Problem> problems(DataSource data) {
        return switch (data) {
            case DataSource.Blob(String digest) -> read(blobs.get(digest));
            case DataSource.Generator(String _, String split, long seed) -> generated(split, seed);
            case DataSource.None() -> throw new Failure(Failure.Kind.BUG, "a run without a data set was accepted");
        };
    }

    private static List<Problem> generated(String split, long seed) {
        return ArithmeticProblems.problems(ArithmeticSplit.named(split), seed, GENERATED);
    }

    private static void requireNumber(Problem problem) {
        try {
            Scorer.NUMERIC.verdict("0", problem.answer());
        } catch (Failure e) {
            throw new Failure(e.kind(), "problem " + problem.id() + ", reward.scorer numeric: " + e.getMessage(), e);
        }
    }

    private List<Problem> read(byte[] file) {
        List<Problem> problems = new ArrayList<>();
        int number = 0;
        for (String line : new String(file, StandardCharsets.UTF_8).lines().toList()) {
            number++;
            if (!line.isBlank()) problems.add(problem(line, number));
        }
        if (problems.isEmpty()) throw new Failure(Failure.Kind.CALLER, "data-set: the file has no problem");
        return problems;
    }

    private Problem problem(String line, int number) {
        try {
            JsonNode node = json.readTree(line);
            return new Problem(text(node, "id", number), text(node, "question", number), text(node, "answer", number));
        } catch (JsonProcessingException e) {
            String message = "data-set: line %d is no JSON: %s".formatted(number, e.getOriginalMessage());
            throw new Failure(Failure.Kind.CALLER, message, e);
        }
    }

    private static String text(JsonNode node, String key, int number) {
        JsonNode value = node.get(key);
        if (value == null || !value.isTextual()) {
            throw new Failure(Failure.Kind.CALLER, "data-set: line " + number + " has no text \"" + key + "\"");
        }
        return value.textValue();
    }
}
