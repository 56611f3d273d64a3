package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loops over vectors against Hugging Face, the gradient and the programs; not compiled they are slow and the same. */
class VectorStepsTest {
    private static final Decoder.Options OPTIONS = new Decoder.Options(64, 128, false);
    private static final int[] PROMPT = {184, 320, 572, 190, 574, 379};

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "smollm2-like"})
    void greedyTokensAreThoseOfHuggingFace(String name) {
        try (BaseModel base = BaseModel.load(Golden.model(name), new EngineOptions(Precision.FP32, 2))) {
            List<JsonNode> cases = Golden.elements(
                    Golden.json("models/" + name + "/expected.json").path("cases"));
            List<Decoder.Group> groups = new ArrayList<>();
            for (int i = 0; i < cases.size(); i++) {
                int[] prompt = Golden.ints(cases.get(i).path("ids"));
                groups.add(new Decoder.Group(i, Policy.BASE, prompt, 1, new SamplingParameters(0, 1, 0, 24, 0), 0));
            }
            Map<String, List<Decoder.Token>> drawn = byLoops(base, groups);
            for (int i = 0; i < cases.size(); i++) {
                int[] greedy = Golden.ints(cases.get(i).path("greedy").path("ids"));
                List<Decoder.Token> tokens = drawn.get(i + "/0");
                for (int t = 0; t < tokens.size(); t++)
                    assertThat(tokens.get(t).tokenId()).isEqualTo(greedy[t]);
                boolean stopped = base.tokenizer().isStop(tokens.getLast().tokenId());
                assertThat(stopped || tokens.size() == greedy.length).isTrue();
            }
        }
    }

    /** Policies of every family: in bf16 the loops round where the program of the gradient does. */
    @ParameterizedTest
    @CsvSource({"qwen2-tied, FP32, 1e-4", "qwen3, FP32, 1e-4", "llama3-scaled, FP32, 1e-4", "qwen2-tied, BF16, 0.1"})
    void logProbsAreThoseOfTheGradient(String like, Precision precision, double bound) throws IOException {
        try (BaseModel base = MixedBatch.model(folder, like, 3, precision)) {
            List<Policy> policies = MixedBatch.policies(base, folder);
            List<Decoder.Group> groups = new ArrayList<>();
            for (Policy policy : policies) {
                groups.add(new Decoder.Group(
                        groups.size(),
                        policy,
                        PROMPT,
                        2,
                        new SamplingParameters(0.7f, 1, 0, 12, 3),
                        2 * groups.size()));
            }
            Map<String, List<Decoder.Token>> drawn = byLoops(base, groups);
            for (Decoder.Group group : groups) {
                for (int sample = 0; sample < 2; sample++) {
                    List<Decoder.Token> tokens = drawn.get(group.id() + "/" + sample);
                    int[] ids = tokens.stream().mapToInt(Decoder.Token::tokenId).toArray();
                    double[] again = new PolicyGradient(base)
                            .logProbs(group.policy(), List.of(new PolicyGradient.Sequence(PROMPT, ids)), 0.7f, 4096)
                            .getFirst();
                    for (int t = 0; t < again.length; t++) {
                        assertThat((double) tokens.get(t).logProb()).isCloseTo(again[t], within(bound));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"qwen3, FP32", "qwen2-tied, BF16"})
    void everyRowHasTheBitsThatItHasAlone(String like, Precision precision) throws IOException {
        try (BaseModel base = MixedBatch.model(folder, like, 4, precision)) {
            List<Decoder.Group> groups = MixedBatch.groups(MixedBatch.policies(base, folder), 20, 11);
            Decoder.Cache parts = new Decoder.Cache(8192, 5, false);
            Map<String, List<Decoder.Token>> together = new LinkedHashMap<>();
            try (Decoder decoder = new Decoder(base, new Decoder.Options(64, 64, false, parts), loops(base))) {
                together.putAll(run(decoder, groups));
            }
            for (Decoder.Group group : groups) {
                byLoops(base, List.of(group))
                        .forEach((row, tokens) ->
                                assertThat(together.get(row)).as(row).isEqualTo(tokens));
            }
        }
    }

    /** Filters, changes and alternatives go by the program; without them tokens are drawn by the same numbers. */
    @Test
    void drawsAreThoseOfThePrograms() {
        Filters filters = new Filters(0.9f, 0, 0.05f);
        LogitChanges changes = new LogitChanges(1.3f, Map.of(5, 2f, 320, -1f));
        SamplingParameters shaped = new SamplingParameters(0.9f, filters, changes, List.of(), 20, 7);
        SamplingParameters plain = new SamplingParameters(0.7f, 1, 0, 20, 7);
        SamplingParameters hot = new SamplingParameters(1, 1, 0, 20, 8);
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1))) {
            for (SamplingParameters sampling : List.of(shaped, plain, hot)) {
                int alternatives = sampling == shaped ? 3 : 0;
                List<Decoder.Group> groups =
                        List.of(new Decoder.Group(0, Policy.BASE, PROMPT, 8, sampling, 0, alternatives));
                Map<String, List<Decoder.Token>> byLoops = byLoops(base, groups);
                try (Decoder decoder = new Decoder(base, OPTIONS, Optional.empty())) {
                    run(decoder, groups).forEach((row, tokens) -> alike(tokens, byLoops.get(row)));
                }
            }
        }
    }

    private static void alike(List<Decoder.Token> one, List<Decoder.Token> other) {
        assertThat(other).hasSameSizeAs(one);
        for (int t = 0; t < one.size(); t++) {
            Decoder.Token a = one.get(t);
            Decoder.Token b = other.get(t);
            assertThat(b.tokenId()).isEqualTo(a.tokenId());
            assertThat(b.logProb()).isCloseTo(a.logProb(), within(1e-4f));
            assertThat(b.rawLogProb()).isCloseTo(a.rawLogProb(), within(1e-4f));
            assertThat(b.alternatives().stream().map(Decoder.Alternative::tokenId))
                    .containsExactlyElementsOf(a.alternatives().stream()
                            .map(Decoder.Alternative::tokenId)
                            .toList());
        }
    }

    private static Optional<VectorSteps> loops(BaseModel base) {
        return Optional.of(VectorSteps.atOnce(base));
    }

    private static Map<String, List<Decoder.Token>> byLoops(BaseModel base, List<Decoder.Group> groups) {
        try (Decoder decoder = new Decoder(base, OPTIONS, loops(base))) {
            return run(decoder, groups);
        }
    }

    private static Map<String, List<Decoder.Token>> run(Decoder decoder, List<Decoder.Group> groups) {
        groups.forEach(decoder::admit);
        Map<String, List<Decoder.Token>> drawn = new LinkedHashMap<>();
        while (decoder.runningRows() > 0) {
            for (Decoder.Token token : decoder.step()) {
                drawn.computeIfAbsent(token.group() + "/" + token.sample(), _ -> new ArrayList<>())
                        .add(token);
            }
        }
        return drawn;
    }
}
