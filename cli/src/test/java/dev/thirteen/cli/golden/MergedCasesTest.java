package dev.thirteen.cli.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.MergedCheckpoint;
import dev.thirteen.engine.Precision;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights of a merged checkpoint pass up to the rounding of their formats, and not further. */
class MergedCasesTest {
    private static final String BASE = "models/qwen2-tied";
    private static final String ADAPTER = "adapters/tinylora-u13-tied";

    @TempDir
    private Path folder;

    /** The base is stored in bf16, so its merge is too; the file has the weights in fp32. */
    private String verdict(double relativeChange) throws IOException {
        for (String part : List.of(BASE, ADAPTER)) {
            Files.createDirectories(folder.resolve(part));
            for (Path file : GoldenFolder.list(GoldenFolderTest.GOLDEN.resolve(part))) {
                Files.copy(file, folder.resolve(part).resolve(file.getFileName()));
            }
        }
        Path merged = Files.createDirectories(folder.resolve("adapters/merged"));
        try (BaseModel base = PolicyCases.load(folder.resolve(BASE), Precision.FP32)) {
            MergedCheckpoint.write(
                    base, AdapterFolder.read(base, folder.resolve(ADAPTER)).policy(), merged);
        }
        change(merged.resolve("model.safetensors"), relativeChange);
        ObjectNode expected = new ObjectMapper().createObjectNode();
        expected.put("merged_from", ADAPTER).put("base", BASE).putArray("cases").addObject();
        Files.writeString(merged.resolve("expected.json"), expected.toString());
        List<String> lines = new ArrayList<>();
        GoldenFolder.check(folder, lines::add);
        return lines.stream()
                .filter(line -> line.contains("adapters/merged weights"))
                .findFirst()
                .orElseThrow();
    }

    private static void change(Path file, double relative) throws IOException {
        TensorFile tensors = new TensorFile();
        try (Safetensors read = Safetensors.open(file)) {
            for (StoredTensor tensor : read.tensors()) {
                float[] numbers = tensor.floats();
                if (tensor.name().endsWith("layers.1.mlp.up_proj.weight")) numbers[7] *= (float) (1 + relative);
                tensors.add(tensor.name(), numbers, tensor.shape());
            }
        }
        Files.write(file, tensors.bytes());
    }

    @Test
    void roundingPasses() throws IOException {
        assertThat(verdict(0x1p-9)).startsWith("pass  ");
    }

    @Test
    void twiceTheRoundingFails() throws IOException {
        assertThat(verdict(0x1p-7)).startsWith("FAIL  ");
    }
}
