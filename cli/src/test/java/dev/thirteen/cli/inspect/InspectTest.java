package dev.thirteen.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.cli.plot.Plot;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleType;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TiePlan;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectTest {
    private static final float[] VALUES = {3, 4, 0, 1};
    /** Two modules of 2 x 2, u 2, a v each. */
    private static final Movement MOVEMENT = movement(1);

    @TempDir
    private Path folder;

    /** Module 0 has A = I, B = I, P = (I, swap); module 1 has B = 2 I. */
    private static Movement movement(float sign) {
        ModelShape shape = new ModelShape(
                1, List.of(new AdaptedModule(0, ModuleType.Q, 2, 2), new AdaptedModule(0, ModuleType.UP, 2, 2)));
        TinyLoraSpec spec = new TinyLoraSpec(2, 2, Tying.TILED, 1, SigmaForm.PAPER, 0, ValueType.FP32);
        float[] identity = {1, 0, 0, 1};
        float[] p = {sign, 0, 0, sign, 0, sign, sign, 0};
        TinyLora lora = new TinyLora(
                2,
                Map.of(
                        0, new TinyLora.Factors(0, 2, identity, identity, p, new float[2]),
                        1, new TinyLora.Factors(1, 2, identity, new float[] {2, 0, 0, 2}, p, new float[2])));
        return new Movement(shape, TiePlan.of(shape, spec), lora);
    }

    @Test
    void variantsScaleAllAndChangeTheLargestParts() {
        List<Variant> variants = Variant.of(VALUES, List.of(2, 2), 1);

        assertThat(variants).hasSize(Variant.SCALES.size() + 2);
        assertThat(variants.getFirst().values()).containsExactly(-3, -4, 0, -1);
        assertThat(variants.get(2).values()).containsExactly(0, 0, 0, 0);
        Variant without = variants.get(Variant.SCALES.size());
        assertThat(without.kind()).isEqualTo(Variant.Kind.WITHOUT);
        assertThat(without.part()).isZero();
        assertThat(without.values()).containsExactly(0, 0, 0, 1);
        assertThat(variants.getLast().values()).containsExactly(6, 8, 0, 1);
    }

    @Test
    void numbersMayBePartsOfTheirOwn() {
        List<Variant> variants = Variant.of(VALUES, List.of(1, 1, 1, 1), 2);

        assertThat(variants.stream().filter(variant -> variant.kind() == Variant.Kind.WITHOUT))
                .extracting(Variant::part)
                .containsExactly(0, 1);
    }

    @Test
    void aModuleMovesByTheNormOfItsChange() {
        // Module 0: [[3, 4], [4, 3]], norm sqrt(50); module 1: 2 [[0, 1], [1, 0]], norm sqrt(8).
        assertThat(MOVEMENT.norms(VALUES).getFirst()).isEqualTo(Math.sqrt(50), within(1e-9));
        assertThat(MOVEMENT.norms(VALUES).getLast()).isEqualTo(Math.sqrt(8), within(1e-9));
    }

    @Test
    void cosinesAreThoseOfTheWeightsAndNotOfTheNumbers() {
        float[] other = {3, 4, 0, -1};

        // (50 - 8) / (50 + 8); of the numbers (25 - 1) / 26.
        assertThat(Movement.cosine(MOVEMENT, VALUES, MOVEMENT, other)).isEqualTo(42 / 58.0, within(1e-9));
        assertThat(Movement.cosine(VALUES, other)).isEqualTo(24 / 26.0, within(1e-9));
        assertThat(Movement.cosine(MOVEMENT, VALUES, movement(-1), VALUES)).isEqualTo(-1, within(1e-9));
    }

    /** What one of them does not adapt counts as unmoved there: 50 / sqrt(58 · 50). */
    @Test
    void cosinesAreOverTheModulesOfBoth() {
        ModelShape shape = new ModelShape(1, List.of(new AdaptedModule(0, ModuleType.Q, 2, 2)));
        TinyLoraSpec spec = new TinyLoraSpec(2, 2, Tying.TILED, 1, SigmaForm.PAPER, 0, ValueType.FP32);
        TinyLora.Factors first = MOVEMENT.lora().factors(0);
        Movement queries = new Movement(shape, TiePlan.of(shape, spec), new TinyLora(2, Map.of(0, first)));
        float[] own = {3, 4};

        assertThat(Movement.cosine(MOVEMENT, VALUES, queries, own)).isEqualTo(Math.sqrt(50 / 58.0), within(1e-9));
        assertThat(Movement.cosine(queries, own, MOVEMENT, VALUES)).isEqualTo(Math.sqrt(50 / 58.0), within(1e-9));
    }

    /** Layers that have no module of an adapter are passed over. */
    @Test
    void aBasisOfTheSecondLayerIsRead() throws IOException {
        TinyLoraSpec spec = new TinyLoraSpec(
                2, 1, Tying.ALL, 1, SigmaForm.PAPER, 0, ValueType.FP32, TargetModules.matching(".*\\.1\\..*q_proj"));
        StringBuilder header = new StringBuilder("{");
        int at = 0;
        for (String tensor : List.of("A", "B", "P", "S")) {
            String shape = tensor.equals("P") ? "1, 2, 2" : tensor.equals("S") ? "2" : "2, 2";
            int end = at + (tensor.equals("S") ? 8 : 16);
            header.append("%s\"model.layers.1.self_attn.q_proj.%s\": {\"dtype\": \"F32\", \"shape\": [%s],"
                    .formatted(at == 0 ? "" : ", ", tensor, shape));
            header.append(" \"data_offsets\": [%d, %d]}".formatted(at, end));
            at = end;
        }
        byte[] text = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + text.length + at)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text);
        for (float number : new float[] {1, 0, 0, 1, 1, 0, 0, 1, 3, 0, 0, 4, 1, 1}) bytes.putFloat(number);

        Movement read = Movement.read(Files.write(folder.resolve("basis.safetensors"), bytes.array()), spec);

        assertThat(read.shape().modules()).containsExactly(new AdaptedModule(1, ModuleType.Q, 2, 2));
        assertThat(read.norms(new float[] {1})).containsExactly(5.0);
    }

    private static InspectReport report() {
        return report(0.25);
    }

    /** @param base accuracy of the base; NaN where nothing is judged */
    private static InspectReport report(double base) {
        List<Effect> effects = new ArrayList<>();
        for (Variant variant : Variant.of(VALUES, List.of(2, 2), 2)) {
            effects.add(new Effect(variant, 8, base + 0.125 * Math.max(0, variant.scale()), -2 - variant.scale(), 5));
        }
        return new InspectReport(
                "mine@3",
                "slot",
                List.of(2, 2),
                MOVEMENT,
                VALUES,
                effects,
                List.of(
                        new InspectReport.Adapter("mine@3", "a", MOVEMENT, VALUES),
                        new InspectReport.Adapter("yours@3", "b", movement(-1), VALUES)));
    }

    @Test
    void tablesSayWhatEachPartDoesAndMoves() {
        Map<String, List<List<String>>> tables = report().tables();

        assertThat(tables.get("Size")).contains(List.of("mine@3", "4", "4"), List.of("yours@3", "4", "4"));
        assertThat(tables.get("From the base (0) to the adapter (1) and beyond"))
                .contains(List.of("1.00", "0.375", "-3.000", "0.000", "5.0"));
        assertThat(tables.get("Each slot without, and doubled"))
                .contains(List.of("0", "5.000", "0.250", "-0.125", "-1.000", "0.500", "+0.125", "1.000", "0.q"))
                .contains(List.of("1", "1.000", "0.250", "-0.125", "-1.000", "0.500", "+0.125", "1.000", "0.up"));
        assertThat(tables.get("How alike the adapters are (cosine)"))
                .contains(List.of("mine@3", "yours@3", "-1.000", "other basis"));
    }

    @Test
    void figuresShowLogProbsAndModules() {
        Map<String, Plot> plots = new InspectPlots(report()).all();

        // The base has log-prob -2, the adapter -3.
        assertThat(plots.get("interpolation-nats").lines().getFirst().points())
                .contains(new Plot.Point(0, -1, 0), new Plot.Point(1, 0, 0));
        assertThat(plots.get("parts-nats").levels())
                .containsExactly(new Plot.Level("adapter", 0), new Plot.Level("base", -1));
        List<Double> norms = MOVEMENT.norms(VALUES);
        assertThat(plots.get("modules").lines())
                .containsExactly(
                        new Plot.Line("q", List.of(new Plot.Point(0, norms.getFirst(), 0))),
                        new Plot.Line("up", List.of(new Plot.Point(0, norms.getLast(), 0))));
    }

    @Test
    void theReportHasItsFiles() throws IOException {
        report().write(folder);

        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder(
                        "effects.csv",
                        "interpolation.svg",
                        "interpolation.png",
                        "interpolation-nats.svg",
                        "interpolation-nats.png",
                        "parts.svg",
                        "parts.png",
                        "parts-nats.svg",
                        "parts-nats.png",
                        "modules.svg",
                        "modules.png",
                        "report.md",
                        "report.html");
        assertThat(Files.readAllLines(folder.resolve("effects.csv")))
                .hasSize(1 + Variant.SCALES.size() + 4)
                .contains("scaled,,0.00,8,0.250000,-2.000000,5.0000", "without,1,0.00,8,0.250000,-2.000000,5.0000");
    }

    @Test
    void whatIsNotJudgedHasNoAccuracy() throws IOException {
        report(Double.NaN).write(folder);

        assertThat(report(Double.NaN).tables().get("From the base (0) to the adapter (1) and beyond"))
                .contains(List.of("1.00", "", "-3.000", "0.000", "5.0"));
        assertThat(folder.resolve("interpolation.svg")).doesNotExist();
        assertThat(folder.resolve("interpolation-nats.svg")).exists();
        assertThat(folder.resolve("effects.csv")).content().contains("scaled,,0.00,8,,-2.000000,5.0000");
    }
}
