package dev.thirteen.cli.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every number that a file expects is looked at: what is wrong in one place fails there, and nowhere else. */
class WrongNumbersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BASE = "models/qwen2-tied";

    @TempDir
    private Path folder;

    private final List<String> lines = new ArrayList<>();

    private List<String> failures() {
        GoldenFolder.check(folder, lines::add);
        assertThat(lines).as("cases that pass").anyMatch(line -> line.startsWith("pass"));
        return lines.stream().filter(line -> line.startsWith("FAIL")).toList();
    }

    private Path copy(String path) throws IOException {
        Path from = GoldenFolderTest.GOLDEN.resolve(path);
        Path to = folder.resolve(path);
        Files.createDirectories(Files.isDirectory(from) ? to : to.getParent());
        if (Files.isRegularFile(from)) return Files.copy(from, to);
        for (Path file : GoldenFolder.list(from)) Files.copy(file, to.resolve(file.getFileName()));
        return to.resolve("expected.json");
    }

    private static void change(Path file, Consumer<ObjectNode> change) throws IOException {
        ObjectNode json = (ObjectNode) GoldenFolder.json(file);
        change.accept(json);
        Files.write(file, JSON.writeValueAsBytes(json));
    }

    /** The model, with one short case so that it is checked in no time. */
    private Path base() throws IOException {
        Path expected = copy(BASE);
        change(expected, json -> {
            ArrayNode cases = (ArrayNode) json.get("cases");
            for (int i = cases.size() - 1; i >= 0; i--) if (i != 1) cases.remove(i);
            ((ObjectNode) cases.get(0)).remove(List.of("greedy", "bfloat16"));
            json.remove("batches");
        });
        for (String texts : List.of("tokenizer_cases.json", "chat_cases.json")) {
            Files.deleteIfExists(folder.resolve(BASE).resolve(texts));
        }
        return expected;
    }

    @Test
    void ofAModel() throws IOException {
        change(base(), json -> {
            json.put("vocab_size", 641);
            json.withObject("special").withArray("eos").add(5);
        });
        assertThat(failures())
                .containsExactly(
                        "FAIL  " + BASE + " vocab_size  differs: has 640, expected 641",
                        "FAIL  " + BASE + " eos  differs");
    }

    @Test
    void ofAnAdapter() throws IOException {
        base();
        String name = "adapters/tinylora-u13-tied";
        change(copy(name), json -> {
            ObjectNode updates = (ObjectNode) json.get("delta_w");
            updates.withObject("model.layers.0.self_attn.q_proj").put("index", 1);
            updates.withObject("model.layers.0.self_attn.k_proj")
                    .putArray("shape")
                    .add(64)
                    .add(64);
            json.put("groups", 2);
            json.putArray("ranks").add(3);
        });
        assertThat(failures())
                .containsExactly(
                        "FAIL  " + name + " model.layers.0.self_attn.q_proj  is number 0, expected 1",
                        "FAIL  " + name + " model.layers.0.self_attn.k_proj  shape [32, 64], expected [64,64]",
                        "FAIL  " + name + " groups  differs: has 1, expected 2",
                        "FAIL  " + name + " ranks  differs");
    }

    @ParameterizedTest
    @CsvSource({
        "grpo-token-mean__u13-tied.json, gradient_norm, gradient norm",
        "grpo-token-mean__u13-tied.json, diagnostics/clipped_low, clipped low",
        "grpo-token-mean__u13-tied.json, diagnostics/clipped_high, clipped high",
        "grpo-token-mean__u13-tied.json, policy_loss, policy loss",
        "grpo-token-mean__u13-tied.json, loss, loss",
    })
    void ofAStep(String file, String path, String failing) throws IOException {
        base();
        copy("adapters/tinylora-u13-tied");
        change(copy("gradients/" + file), json -> {
            ObjectNode at = (ObjectNode) json.get("expected");
            String[] names = path.split("/");
            for (int i = 0; i < names.length - 1; i++) at = (ObjectNode) at.get(names[i]);
            at.put(names[names.length - 1], 5 + at.path(names[names.length - 1]).asInt());
        });
        assertThat(failures())
                .isNotEmpty()
                .allMatch(line -> line.startsWith("FAIL  gradients/" + file + " " + failing));
    }

    @ParameterizedTest
    @CsvSource({"ratio", "advantage", "surrogate", "aggregation"})
    void aStepOfAnObjectiveThatNobodyKnowsFails(String key) throws IOException {
        base();
        copy("adapters/tinylora-u13-tied");
        String name = "gradients/grpo-token-mean__u13-tied.json";
        change(copy(name), json -> json.withObject("objective").put(key, "new"));
        assertThat(failures()).containsExactly("FAIL  %s  the %s \"new\" is not known".formatted(name, key));
    }

    @Test
    void ofADecomposition() throws IOException {
        change(copy("svd"), json -> {
            ArrayNode values = (ArrayNode) json.at("/cases/0/singular_values");
            values.set(3, values.get(3).doubleValue() * 1.001);
        });
        assertThat(failures()).singleElement().asString().startsWith("FAIL  svd/tall.safetensors S[3], relative");
    }

    @Test
    void ofAFormat() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
        data.putDouble(1.5).putLong(-2).putShort((short) 300).put((byte) 1).put((byte) 200);
        String header = """
                {"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"l":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},\
                "s":{"dtype":"I16","shape":[1],"data_offsets":[16,18]},"b":{"dtype":"BOOL","shape":[1],"data_offsets":[18,19]},\
                "u":{"dtype":"U8","shape":[1],"data_offsets":[19,20]}}""";
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        Path edge = Files.createDirectories(folder.resolve("edge"));
        Files.write(
                edge.resolve("one.safetensors"),
                ByteBuffer.allocate(8 + text.length + 20)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(text.length)
                        .put(text)
                        .put(data.array())
                        .array());
        String hex = HexFormat.of().formatHex(data.array());
        ObjectNode expected = JSON.createObjectNode();
        ObjectNode file = expected.putArray("files").addObject();
        file.put("file", "edge/one.safetensors").putNull("metadata");
        tensor(file, "d", "F64", hex.substring(0, 16), "as_float64_bits").add("3ff8000000000000");
        tensor(file, "l", "I64", hex.substring(16, 32), "values").add(-2);
        tensor(file, "s", "I16", hex.substring(32, 36), "values").add(300);
        tensor(file, "b", "BOOL", hex.substring(36, 38), "values").add(true);
        tensor(file, "u", "U8", hex.substring(38), "values").add(200);
        Path path = edge.resolve("expected.json");
        Files.write(path, JSON.writeValueAsBytes(expected));
        assertThat(failures()).isEmpty();
        for (String key : List.of("d/as_float64_bits", "l/values", "s/values", "b/values", "u/values")) {
            lines.clear();
            Files.write(path, JSON.writeValueAsBytes(expected));
            change(path, json -> ((ArrayNode) json.at("/files/0/tensors/" + key)).set(0, "7"));
            assertThat(failures()).containsExactly("FAIL  edge/one.safetensors %c  differs".formatted(key.charAt(0)));
        }
        lines.clear();
        Files.write(path, JSON.writeValueAsBytes(expected));
        change(
                path,
                json -> ((ObjectNode) json.at("/files/0")).putObject("metadata").put("format", "pt"));
        assertThat(failures()).containsExactly("FAIL  edge/one.safetensors metadata  differs");
    }

    private static ArrayNode tensor(ObjectNode file, String name, String type, String hex, String form) {
        ObjectNode tensor = file.withObject("tensors").putObject(name);
        tensor.put("dtype", type)
                .put("little_endian_hex", hex)
                .putArray("shape")
                .add(1);
        return tensor.putArray(form);
    }
}
