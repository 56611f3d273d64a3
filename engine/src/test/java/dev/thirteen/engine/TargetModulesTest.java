package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.AdapterSize;
import dev.thirteen.core.adapter.FamilyAdapterSpec;
import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters of some modules: numbers of PEFT (scripts/target_modules_golden.py), and files that say which modules these are. */
class TargetModulesTest {
    /** What scripts/check_peft_export.py loads with PEFT itself. */
    private static final Path EXPORTS = Path.of("target/peft-export");

    private static final JsonNode GOLDEN = Golden.json("target_modules.json");
    private static final int[] IDS = Golden.ints(GOLDEN.path("ids"));

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

    static Stream<Integer> cases() {
        return IntStream.range(0, GOLDEN.path("cases").size()).boxed();
    }

    private static JsonNode golden(int number) {
        return GOLDEN.path("cases").get(number);
    }

    private static TargetModules targets(JsonNode golden) {
        JsonNode wanted = golden.path("targets");
        if (wanted.isTextual()) return TargetModules.matching(wanted.textValue());
        return new TargetModules(
                Golden.elements(wanted).stream().map(JsonNode::textValue).toList(), "");
    }

    private static Policy policy(JsonNode golden) {
        TinyLoraSpec spec = new TinyLoraSpec(
                2,
                golden.path("u").intValue(),
                Tying.valueOf(golden.path("tying").textValue()),
                1,
                SigmaForm.valueOf(golden.path("form").textValue()),
                42,
                ValueType.FP32,
                targets(golden));
        return new Policy(Basis.derive(base, spec), Golden.floats(golden.path("values")));
    }

    private static PolicyGradient.Sequence sequence() {
        return new PolicyGradient.Sequence(Arrays.copyOf(IDS, 1), Arrays.copyOfRange(IDS, 1, IDS.length));
    }

    private static double[] logProbs(BaseModel on, Policy policy) {
        return new PolicyGradient(on)
                .logProbs(policy, List.of(sequence()), 1, 4096)
                .getFirst();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logProbsAndSlopesAreThoseOfPeft(int number) {
        JsonNode golden = golden(number);
        Policy policy = policy(golden);
        assertThat(logProbs(base, policy)).containsExactly(Golden.doubles(golden.path("log_probs")), within(1e-4));
        double[] slopes = Golden.doubles(golden.path("slopes"));
        double largest = Arrays.stream(slopes).map(Math::abs).max().orElseThrow();
        double[] gradient = new PolicyGradient(base)
                .gradient(policy, List.of(sequence()), 1, 4096, (_, logProbs) -> {
                    Arrays.fill(logProbs, 1);
                    return logProbs;
                })
                .gradient();
        assertThat(gradient).containsExactly(slopes, within(1e-4 * largest));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void fileAndFoldersAreOfTheseModules(int number) throws IOException {
        Policy policy = policy(golden(number));
        double[] expected = logProbs(base, policy);
        Basis read = Basis.read(base, policy.basis().toBytes());
        assertThat(read.tinyLora()).isEqualTo(policy.basis().tinyLora());
        assertThat(logProbs(base, new Policy(read, policy.values()))).isEqualTo(expected);
        for (AdapterExport.Format format : AdapterExport.Format.values()) {
            Path exported = Files.createDirectories(EXPORTS.resolve("targets-" + number + "-" + format.name()));
            Map<String, byte[]> files = AdapterExport.files(base, policy, ValueType.FP32, "qwen2-tied", format);
            for (var file : files.entrySet()) Files.write(exported.resolve(file.getKey()), file.getValue());
            TinyLoraFolderTest.writeLogProbs(exported.resolve("logprobs.json"), IDS, expected);
            AdapterConfig config = AdapterConfig.read(exported);
            assertThat(config.targets(base.shape()).stream()
                            .map(i -> base.shape().modules().get(i).path()))
                    .containsExactlyElementsOf(exported(number, format));
            assertThat(logProbs(base, AdapterFolder.read(base, exported).policy()))
                    .containsExactly(expected, within(5e-5));
        }
    }

    /** The chosen modules; in a plain LoRA those too that servers fuse with one of them. */
    private static List<String> exported(int number, AdapterExport.Format format) {
        List<String> chosen = Golden.elements(golden(number).path("modules")).stream()
                .map(JsonNode::textValue)
                .toList();
        if (format == AdapterExport.Format.PEFT) return chosen;
        List<String> fused = chosen.stream().map(TargetModulesTest::fused).toList();
        return base.shape().modules().stream()
                .map(AdaptedModule::path)
                .filter(path -> fused.contains(fused(path)))
                .toList();
    }

    private static String fused(String path) {
        return path.replaceAll("[qkv]_proj", "qkv_proj").replaceAll("(gate|up)_proj", "gate_up_proj");
    }

    /** Names where a type is adapted in every layer, paths where it is not: PEFT, vLLM and SGLang read both. */
    @Test
    void exportNamesModulesAsShortlyAsItCan() {
        assertThat(TargetModules.written(base.shape(), targets(golden(0)).of(base.shape())))
                .containsExactly("q_proj", "v_proj");
        assertThat(TargetModules.written(base.shape(), targets(golden(2)).of(base.shape())))
                .hasSize(6)
                .contains("model.layers.2.mlp.gate_proj");
    }

    @Test
    void mergedCheckpointIsThePolicy() throws IOException {
        Policy policy = policy(golden(0));
        Path merged = folder.resolve("merged");
        MergedCheckpoint.write(base, policy, merged);
        try (BaseModel whole = BaseModel.load(merged, new EngineOptions(Precision.FP32, 1))) {
            for (int i = 0; i < base.shape().modules().size(); i++) {
                boolean adapted =
                        policy.basis().family().update(i, policy.values()).rank() > 0;
                try (var before = base.weight(i);
                        var after = whole.weight(i)) {
                    assertThat(!Arrays.equals(before.toFloatArray(), after.toFloatArray()))
                            .as(base.shape().modules().get(i).path())
                            .isEqualTo(adapted);
                }
            }
        }
    }

    /** Its P are drawn again; of other modules it has no A and B. */
    @Test
    void onlyABasisOfTheSameModulesServesAnother() {
        Basis queries = policy(golden(0)).basis();
        TinyLoraSpec spec = queries.tinyLora().orElseThrow();
        TinyLoraSpec all = new TinyLoraSpec(2, 3, Tying.TILED, 1, SigmaForm.SQRT, 42, ValueType.FP32);
        TinyLoraSpec tied = new TinyLoraSpec(2, 3, Tying.ALL, 1, SigmaForm.SQRT, 7, ValueType.FP32, spec.targets());
        assertThat(queries.serves(all)).isFalse();
        assertThat(queries.serves(tied)).isTrue();
        assertThat(queries.like(base, tied).digest())
                .isEqualTo(Basis.derive(base, tied).digest());
        assertThat(queries.like(base, tied).frozen()).isEqualTo(queries.frozen());
        assertThat(Basis.derive(base, all).frozen()).isNotEqualTo(queries.frozen());
    }

    @Test
    void otherFamiliesTakeThePattern() {
        TargetModules targets = TargetModules.matching(".*\\.[01]\\..*\\.(q|up)_proj");
        FamilyAdapterSpec lora = new FamilyAdapterSpec(new FamilySpec.Lora(2, 2, false), targets, 1, ValueType.FP32);
        Basis basis = Basis.derive(base, lora, _ -> {});
        assertThat(basis.trainedTensors().sequencedKeySet().stream().filter(name -> name.endsWith("lora_A.weight")))
                .containsExactly(
                        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
                        "base_model.model.model.layers.0.mlp.up_proj.lora_A.weight",
                        "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight",
                        "base_model.model.model.layers.1.mlp.up_proj.lora_A.weight");
    }

    @Test
    void whatChoosesNoModuleIsRefused() {
        TinyLoraSpec spec = new TinyLoraSpec(
                2, 3, Tying.ALL, 1, SigmaForm.SQRT, 42, ValueType.FP32, TargetModules.matching("c_attn"));
        assertThatThrownBy(() -> Basis.derive(base, spec))
                .isInstanceOf(Failure.class)
                .hasMessage("c_attn chooses no module of the model");
        assertThatThrownBy(() -> AdapterSize.of(base.shape(), spec)).isInstanceOf(Failure.class);
    }
}
