package dev.thirteen.cli.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounds of decompositions follow the size of their numbers. */
class SvdCasesTest {
    private static final Path SVD = GoldenFolderTest.GOLDEN.resolve("svd");

    @TempDir
    private Path folder;

    /** One golden matrix, each tensor of its file multiplied. */
    private List<String> failures(int number, double size, ToDoubleFunction<String> factor) throws IOException {
        ObjectNode expected = (ObjectNode) GoldenFolder.json(SVD.resolve("expected.json"));
        ObjectNode one = (ObjectNode) expected.withArray("cases").get(number);
        expected.putArray("cases").add(one);
        ArrayNode values = (ArrayNode) one.get("singular_values");
        for (int i = 0; i < values.size(); i++) values.set(i, values.get(i).doubleValue() * size);
        TensorFile tensors = new TensorFile();
        Path file = Path.of(one.get("file").asText());
        try (Safetensors read = Safetensors.open(SVD.resolve(file.getFileName()))) {
            for (StoredTensor tensor : read.tensors()) {
                float[] numbers = tensor.floats();
                for (int i = 0; i < numbers.length; i++) numbers[i] *= (float) factor.applyAsDouble(tensor.name());
                tensors.add(tensor.name(), numbers, tensor.shape());
            }
        }
        Files.createDirectories(folder.resolve("svd"));
        Files.write(folder.resolve(file), tensors.bytes());
        Files.write(folder.resolve("svd/expected.json"), new ObjectMapper().writeValueAsBytes(expected));
        List<String> lines = new ArrayList<>();
        GoldenFolder.check(folder, lines::add);
        assertThat(lines).hasSizeGreaterThan(6);
        return lines.stream().filter(line -> line.startsWith("FAIL")).toList();
    }

    private static double scaled(String tensor, double size) {
        return switch (tensor) {
            case "W", "paper.S", "paper.delta", "peft.delta" -> size;
            case "peft.A", "peft.B" -> Math.sqrt(size);
            default -> 1;
        };
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-4, 1, 1e4})
    void oneMatrixInAnySizePasses(double size) throws IOException {
        assertThat(failures(0, size, tensor -> scaled(tensor, size))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"paper.delta", "peft.delta", "peft.A"})
    void aThousandthOfASmallOneFails(String wrong) throws IOException {
        assertThat(failures(0, 1e-4, tensor -> scaled(tensor, 1e-4) * (tensor.equals(wrong) ? 1.001 : 1)))
                .singleElement()
                .asString()
                .contains(wrong);
    }

    @Test
    void twoUnitsOfBf16Fail() throws IOException {
        assertThat(failures(1, 1, tensor -> tensor.equals("peft_bf16.A") ? 1.02 : 1))
                .singleElement()
                .asString()
                .contains("peft_bf16");
    }
}
