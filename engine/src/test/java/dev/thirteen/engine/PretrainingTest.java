package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainingTest {
    private static final Pretraining.Optimizer OPTIMIZER = new Pretraining.Optimizer(0.9, 0.98, 1e-8, 0.01, 1);

    @TempDir
    Path folder;

    @Test
    void lossBeginsAtChanceAndFallsOnARuleThatCanBeLearnt() throws Exception {
        try (Pretraining training = start(1)) {
            List<PolicyGradient.Sequence> sequences = successors();
            double first = training.step(sequences, 0.01, 10_000);
            double last = first;
            for (int step = 0; step < 40; step++) last = training.step(sequences, 0.01, 10_000);

            assertThat(first).isCloseTo(Math.log(12), within(0.2));
            assertThat(last).isLessThan(0.1);
        }
    }

    @Test
    void passesOfAnySizeGiveTheSameStep() throws Exception {
        try (Pretraining whole = start(1);
                Pretraining cut = start(1)) {
            for (int step = 0; step < 3; step++) {
                double loss = whole.step(successors(), 0.001, 10_000);
                assertThat(cut.step(successors(), 0.001, 7)).isCloseTo(loss, within(1e-4));
            }
        }
    }

    @Test
    void theCheckpointHoldsWhatWasTrainedInBf16() throws Exception {
        try (Pretraining training = start(1)) {
            byte[] before = training.checkpoint();
            training.step(successors(), 0.01, 10_000);
            Files.write(folder.resolve("model.safetensors"), training.checkpoint());

            assertThat(training.checkpoint()).isNotEqualTo(before).hasSameSizeAs(before);
        }
        ModelConfig config = ConfigFile.read(folder);
        try (Safetensors file = Safetensors.openFolder(folder)) {
            assertThat(CheckpointTensors.find(file, config).layers()).hasSize(2 * 12);
            assertThat(file.tensors()).hasSize(2 + 2 * 12).allMatch(tensor -> tensor.type() == TensorType.BF16);
            // One step of Adam moves every number by about the learning rate.
            assertThat(file.get("model.norm.weight").floats()[0])
                    .isCloseTo(1, within(0.02f))
                    .isNotEqualTo(1);
        }
    }

    private Pretraining start(long seed) throws Exception {
        Files.writeString(folder.resolve("config.json"), """
                {"architectures": ["Qwen2ForCausalLM"], "hidden_size": 32, "num_hidden_layers": 2,
                 "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 48, "vocab_size": 12,
                 "max_position_embeddings": 64, "tie_word_embeddings": true}
                """);
        return Pretraining.create(folder, seed, OPTIMIZER, 1);
    }

    /** Every token is followed by the next number. */
    private static List<PolicyGradient.Sequence> successors() {
        List<PolicyGradient.Sequence> sequences = new ArrayList<>();
        for (int first = 0; first < 8; first++) {
            int[] completion = new int[2 + first % 3];
            for (int i = 0; i < completion.length; i++) completion[i] = (first + 1 + i) % 12;
            sequences.add(new PolicyGradient.Sequence(new int[] {first}, completion));
        }
        return sequences;
    }
}
