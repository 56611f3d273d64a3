package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every adapter family on a real decoder: its gradient, and what exports give back. */
class AdapterFamiliesTest {
    private static final PolicyGradient.Sequence SEQUENCE = new PolicyGradient.Sequence(
            new int[] {596, 464, 149}, new int[] {251, 101, 103, 267, 333, 372, 500, 340, 370, 240, 456, 4});

    private static BaseModel base;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
    }

    @AfterAll
    static void close() {
        base.close();
    }

    static Stream<String> families() {
        return RandomAdapters.CONFIGS.keySet().stream();
    }

    private Policy policy(String family) throws IOException {
        return RandomAdapters.policy(folder.resolve(family), base, config(family), 3);
    }

    private static String config(String family) {
        return Objects.requireNonNull(RandomAdapters.CONFIGS.get(family));
    }

    @ParameterizedTest
    @MethodSource("families")
    void gradientIsTheSlopeOfTheLogProbs(String family) throws IOException {
        Policy policy = policy(family);
        double[] gradient = new PolicyGradient(base)
                .gradient(policy, List.of(SEQUENCE), 1, 4096, (sequence, current) -> ones(current))
                .gradient();
        assertThat(gradient).hasSize(policy.values().length);
        double squares = 0;
        double wrong = 0;
        for (int i = 0; i < gradient.length; i += Math.max(1, gradient.length / 40)) {
            int index = i;
            double slope = Slope.of(by -> sum(moved(policy, index, (float) by)), 2.5e-3);
            assertThat(gradient[i]).as("value %d", i).isCloseTo(slope, within(1e-3 * Math.abs(slope) + 5e-3));
            squares += slope * slope;
            wrong += Math.pow(gradient[i] - slope, 2);
        }
        // What is left is the noise of fp32 log-probs: 2e-3 where the gradient is smallest.
        assertThat(Math.sqrt(wrong)).isLessThan(5e-3 * Math.sqrt(squares));
        // Not only single values: along the gradient itself the slope is its norm.
        double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
        double along = Slope.of(by -> sum(along(policy, gradient, by / norm)), 7e-4);
        assertThat(along).isCloseTo(norm, within(2e-3 * norm));
    }

    private static double[] ones(double[] logProbs) {
        Arrays.fill(logProbs, 1);
        return logProbs;
    }

    private static double sum(Policy policy) {
        return Arrays.stream(logProbs(base, policy)).sum();
    }

    private static double[] logProbs(BaseModel on, Policy policy) {
        return new PolicyGradient(on)
                .logProbs(policy, List.of(SEQUENCE), 1, 4096)
                .getFirst();
    }

    private static Policy moved(Policy policy, int index, float by) {
        float[] values = policy.values().clone();
        values[index] += by;
        return new Policy(policy.basis(), values);
    }

    private static Policy along(Policy policy, double[] direction, double by) {
        float[] values = policy.values().clone();
        for (int i = 0; i < values.length; i++) values[i] += (float) (by * direction[i]);
        return new Policy(policy.basis(), values);
    }

    @ParameterizedTest
    @MethodSource("families")
    void adapterMovesTheModelAndItsBasisIsReadBack(String family) throws IOException {
        Policy policy = policy(family);
        Basis basis = Objects.requireNonNull(policy.basis());
        Basis read = Basis.read(base, basis.toBytes());
        assertThat(read.digest()).isEqualTo(basis.digest());
        assertThat(logProbs(base, new Policy(read, policy.values()))).isEqualTo(logProbs(base, policy));
        assertThat(largest(logProbs(base, policy), logProbs(base, Policy.BASE))).isGreaterThan(0.05);
    }

    @ParameterizedTest
    @MethodSource("families")
    void exportsGiveTheSameFunction(String family) throws IOException {
        Policy policy = policy(family);
        double[] expected = logProbs(base, policy);
        if (family.startsWith("bitfit")) return;
        for (AdapterExport.Format format : AdapterExport.Format.values()) {
            Map<String, byte[]> files = AdapterExport.files(base, policy, ValueType.FP32, "qwen2-tied", format);
            Path exported = Files.createDirectories(folder.resolve(family + format));
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.write(exported.resolve(file.getKey()), file.getValue());
            }
            double[] again = logProbs(base, AdapterFolder.read(base, exported).policy());
            assertThat(again).containsExactly(expected, within(5e-5));
        }
    }

    @Test
    void whatServersOfLorasCannotHoldIsExportedMerged() throws IOException {
        Policy full = RandomAdapters.policy(folder.resolve("full"), base, RandomAdapters.FULL, 3);
        refused(full, "full weights are no LoRA of a rank that is served; export a merged checkpoint");
        String wide = "{\"peft_type\": \"LORA\", \"r\": 513, \"lora_alpha\": 4, \"target_modules\": [\"k_proj\"]}";
        refused(
                RandomAdapters.policy(folder.resolve("wide"), base, wide, 3),
                "a plain LoRA of rank 513 is more than vLLM serves (512); export a merged checkpoint");
        String pruned =
                "{\"peft_type\": \"ADALORA\", \"init_r\": 1, \"target_modules\": [\"model.layers.0.mlp.up_proj\"],"
                        + " \"rank_pattern\": {\"model.layers.0.mlp.up_proj.lora_E\": [false]}}";
        refused(
                RandomAdapters.policy(folder.resolve("pruned"), base, pruned, 3),
                "the adapter changes nothing: a plain LoRA of it has no module");
        assertThat(AdapterExport.files(base, full, ValueType.FP32, "qwen2-tied", AdapterExport.Format.PEFT))
                .containsKey("adapter_model.safetensors");
    }

    /** SGLang stacks q, k and v, and gate and up: it refuses q without v, and up without gate ends it. */
    @Test
    void plainLoraHasAllLinearsThatServersFuse() throws IOException {
        String config = "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4, \"target_modules\": "
                + "[\"model.layers.0.self_attn.k_proj\", \"model.layers.1.mlp.up_proj\"]}";
        Policy policy = RandomAdapters.policy(folder.resolve("parts"), base, config, 3);
        Map<String, byte[]> files =
                AdapterExport.files(base, policy, ValueType.FP32, "qwen2-tied", AdapterExport.Format.LORA);
        Map<String, Boolean> moves = new TreeMap<>();
        try (Safetensors file = Safetensors.of("the export", files.get("adapter_model.safetensors"))) {
            for (StoredTensor tensor : file.tensors()) {
                boolean zero = IntStream.range(0, tensor.floats().length).allMatch(i -> tensor.floats()[i] == 0);
                moves.put(tensor.name().replace("base_model.model.model.layers.", ""), !zero);
            }
        }
        Map<String, Boolean> expected = new TreeMap<>();
        for (String part : List.of("lora_A.weight", "lora_B.weight")) {
            for (String name : List.of("q_proj", "k_proj", "v_proj")) {
                expected.put("0.self_attn." + name + "." + part, name.equals("k_proj"));
            }
            for (String name : List.of("gate_proj", "up_proj")) {
                expected.put("1.mlp." + name + "." + part, name.equals("up_proj"));
            }
        }
        assertThat(moves).isEqualTo(expected);
    }

    private static void refused(Policy policy, String message) {
        assertThatThrownBy(() ->
                        AdapterExport.files(base, policy, ValueType.FP32, "qwen2-tied", AdapterExport.Format.LORA))
                .isInstanceOf(Failure.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @MethodSource("families")
    void peftFolderIsGivenBackAsItWas(String family) throws IOException {
        Path original = RandomAdapters.write(folder.resolve(family), base, config(family), 3);
        AdapterFolder read = AdapterFolder.read(base, original);
        if (!List.of("tinylora", "tinylora-seeded", "lora", "lora-plain", "adalora", "vera")
                .contains(family)) return;
        Map<String, byte[]> files =
                AdapterExport.files(base, read.policy(), read.valueType(), "qwen2-tied", AdapterExport.Format.PEFT);
        assertThat(files.get("adapter_config.json"))
                .isEqualTo(Files.readAllBytes(original.resolve("adapter_config.json")));
        assertThat(files.get("adapter_model.safetensors"))
                .isEqualTo(Files.readAllBytes(original.resolve("adapter_model.safetensors")));
    }

    @ParameterizedTest
    @MethodSource("families")
    void mergedCheckpointIsThePolicy(String family) throws IOException {
        // Its biases have no place in a Qwen2: AddedBiasesTest.
        if (family.equals("bitfit-added")) return;
        Policy policy = policy(family);
        Path merged = folder.resolve("merged");
        MergedCheckpoint.write(base, policy, merged);
        try (BaseModel whole = BaseModel.load(merged, new EngineOptions(Precision.FP32, 1))) {
            // The base is stored in bf16, and so is the merge.
            assertThat(largest(logProbs(whole, Policy.BASE), logProbs(base, policy)))
                    .isLessThan(0.5);
            assertThat(mean(logProbs(whole, Policy.BASE), logProbs(base, policy)))
                    .isLessThan(0.1);
        }
    }

    private static double largest(double[] one, double[] other) {
        double largest = 0;
        for (int i = 0; i < one.length; i++) largest = Math.max(largest, Math.abs(one[i] - other[i]));
        return largest;
    }

    private static double mean(double[] one, double[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) sum += Math.abs(one[i] - other[i]);
        return sum / one.length;
    }
}
