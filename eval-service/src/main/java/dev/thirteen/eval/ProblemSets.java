package dev.thirteen.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.data.ArithmeticProblems;
import dev.thirteen.core.data.ArithmeticSplit;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.BlobCache;
import dev.thirteen.kit.CacheSettings;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The problems of an evaluation: generated, or fetched from trainer-service by digest. */
@Singleton
class ProblemSets {
    private final BlobCache cache;
    private final BlobCache.Source trainer;
    private final ObjectMapper json = new ObjectMapper();

    ProblemSets(CacheSettings settings, EndpointSettings endpoints, Channels channels) {
        this.cache = new BlobCache(Path.of(settings.folder()));
        this.trainer = BlobCache.trainer(channels.to(endpoints.trainer()));
    }

    /**
     * The problems of a checked spec, the first ones where fewer are asked for than there are.
     *
     * @throws Failure CALLER for a bad line or too few problems, NOT_FOUND for an unknown digest, OUTSIDE
     */
    List<Problem> of(EvaluationSpec spec) {
        List<Problem> all = all(spec.getDataSet(), spec.getProblems());
        int wanted = spec.getProblems() == 0 ? all.size() : spec.getProblems();
        if (wanted > all.size()) {
            throw Failure.fields(List.of(new Failure.FieldProblem(
                    "problems", "must be at most " + all.size() + ", which is all that the data set has")));
        }
        List<Problem> problems = List.copyOf(all.subList(0, wanted));
        if (EvaluationPlan.SCORERS.get(spec.getReward().getScorer()) == Scorer.NUMERIC) {
            problems.forEach(ProblemSets::requireNumber);
        }
        return problems;
    }

    private List<Problem> all(DataSet set, int wanted) {
        if (!set.hasGenerator()) return read(cache.get(set.getBlobDigest(), trainer));
        Generator generator = set.getGenerator();
        return ArithmeticProblems.problems(ArithmeticSplit.named(generator.getSplit()), generator.getSeed(), wanted);
    }

    /** Said now, and not after half of the answers. */
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
            throw new Failure(
                    Failure.Kind.CALLER, "data-set: line " + number + " is no JSON: " + e.getOriginalMessage(), e);
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
