package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The distribution drawn from, against the logits processors of transformers: golden/sampling.py wrote the file. */
class SamplingGoldenTest {
    private static final List<JsonNode> CASES = Golden.elements(Golden.json("sampling.json"));

    @Test
    void rowsOfOneBatchHaveTheDistributionsOfTransformers() {
        double[] ours = ours();
        int vocabulary = CASES.getFirst().path("logits").size();
        for (int i = 0; i < CASES.size(); i++) {
            JsonNode expected = CASES.get(i).path("log_probs");
            for (int id = 0; id < vocabulary; id++) {
                String what = CASES.get(i).path("parameters") + " token " + id;
                double value = ours[i * vocabulary + id];
                if (expected.get(id).isNull()) {
                    assertThat(value).as(what).isEqualTo(Double.NEGATIVE_INFINITY);
                } else {
                    assertThat(value).as(what).isEqualTo(expected.get(id).doubleValue(), within(2e-5));
                }
            }
        }
    }

    /** [cases, vocabulary] */
    private static double[] ours() {
        List<DecodeRow> rows = CASES.stream()
                .map(one -> new Decoder.Group(
                        0, Policy.BASE, Golden.ints(one.path("seen")), 1, sampling(one.path("parameters")), 0))
                .map(group -> new DecodeRow(group, 0))
                .toList();
        TorchProgram program = TorchProgram.load(Map.of(), "sampling.py", "shaping.py");
        try (PtNDManager scope = Torch.newManager();
                IValue logits = IValue.from(Torch.of(scope, logits(), CASES.size(), logits().length / CASES.size()));
                DrawInputs draw = new DrawInputs(scope, rows)) {
            return program.infer(scope, logits, draw.controls(), draw.filters(), draw.plain(), draw.changes())
                    .get(0)
                    .toDoubleArray();
        }
    }

    private static float[] logits() {
        List<float[]> rows =
                CASES.stream().map(one -> Golden.floats(one.path("logits"))).toList();
        int width = rows.getFirst().length;
        float[] all = new float[rows.size() * width];
        for (int i = 0; i < rows.size(); i++) System.arraycopy(rows.get(i), 0, all, i * width, width);
        return all;
    }

    private static SamplingParameters sampling(JsonNode json) {
        Map<Integer, Float> bias = new HashMap<>();
        json.path("logit_bias")
                .properties()
                .forEach(one ->
                        bias.put(Integer.valueOf(one.getKey()), one.getValue().floatValue()));
        Filters filters = new Filters(
                (float) json.path("top_p").asDouble(1), json.path("top_k").asInt(0), (float)
                        json.path("min_p").asDouble(0));
        LogitChanges changes =
                new LogitChanges((float) json.path("repetition_penalty").asDouble(1), bias);
        float temperature = (float) json.path("temperature").asDouble(1);
        return new SamplingParameters(temperature, filters, changes, List.of(), 1, 1);
    }
}
