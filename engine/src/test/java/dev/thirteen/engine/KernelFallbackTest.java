package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.device.Accelerator;
import dev.thirteen.engine.device.DecoderAddresses;
import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.DeviceAdapter;
import dev.thirteen.engine.device.DeviceBackward;
import dev.thirteen.engine.device.DeviceDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A faster path that cannot run is left for the next best one, and the log says so once. */
class KernelFallbackTest {
    private static final int TOKENS = 12;

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

    /** Kernels that are first asked for after some steps, and whose step program is then refused. */
    private static final class Refused implements DecodeKernels {
        private final int after;
        private final String reason;
        private int asked;
        private int decoded;
        private int closed;

        Refused(int after, String reason) {
            this.after = after;
            this.reason = reason;
        }

        @Override
        public boolean takes(List<DecodeRow> rows) {
            return asked++ >= after;
        }

        @Override
        public boolean takes(PromptBatch batch) {
            return false;
        }

        @Override
        public double[] decode(List<DecodeRow> rows, KvCache kv) {
            decoded++;
            throw new Failure(Failure.Kind.BUG, reason);
        }

        @Override
        public void prefill(PromptBatch batch, KvCache kv) {
            throw new Failure(Failure.Kind.BUG, reason);
        }

        @Override
        public void close() {
            closed++;
        }
    }

    private static List<Decoder.Token> tokens(Optional<Refused> kernels) {
        Decoder.Options options = new Decoder.Options(4, 64, false);
        List<Decoder.Token> tokens = new ArrayList<>();
        try (Decoder decoder = new Decoder(base, options, kernels)) {
            SamplingParameters sampling = new SamplingParameters(1, 1, 0, TOKENS, 7);
            decoder.admit(new Decoder.Group(1, Policy.BASE, new int[] {596, 464, 149}, 3, sampling, 0));
            while (decoder.runningRows() > 0) tokens.addAll(decoder.step());
        }
        return tokens;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5})
    void aRefusedStepGoesOnByProgramsAndTheLogSaysSoOnce(int after) {
        String reason = "graph refused after %d".formatted(after);
        List<Decoder.Token> expected = tokens(Optional.empty());
        assertThat(expected).hasSizeGreaterThan(TOKENS);
        try (Logged log = new Logged()) {
            for (int again = 0; again < 2; again++) {
                Refused kernels = new Refused(after, reason);
                assertThat(tokens(Optional.of(kernels))).isEqualTo(expected);
                assertThat(kernels.decoded).isEqualTo(1);
                assertThat(kernels.closed).isEqualTo(1);
            }
            assertThat(log.messages())
                    .containsExactly("decoding goes on by programs: the device's own kernels failed: " + reason);
        }
    }

    private Basis basis(String family) throws IOException {
        String config = Objects.requireNonNull(RandomAdapters.CONFIGS.get(family));
        return Objects.requireNonNull(
                RandomAdapters.policy(folder.resolve(family), base, config, 3).basis());
    }

    @Test
    void everyRefusalOfAnAdapterHasItsReason() throws IOException {
        assertThat(DevicePolicies.refusal(basis("tinylora"))).isEmpty();
        assertThat(DevicePolicies.refusal(basis("lora-xs"))).isEmpty();
        assertThat(DevicePolicies.refusal(basis("lora")))
                .contains("kernels of its own apply adapters whose R alone is trained, no Lora");
        String wide = "{\"peft_type\": \"LORA_XS\", \"r\": 17, \"target_modules\": [\"q_proj\"]}";
        Basis high = Objects.requireNonNull(
                RandomAdapters.policy(folder.resolve("wide"), base, wide, 3).basis());
        assertThat(DevicePolicies.refusal(high)).contains("kernels of its own apply adapters up to rank 16, not 17");
        assertThat(DeviceSteps.refusal(base)).contains("kernels of its own compute in bf16 alone");
        assertThat(DeviceGradient.refusal(base, high, 20_000))
                .contains("kernels of their own take 16384 tokens a pass");
    }

    @Test
    void aGradientThatCannotBeMadeIsNotTriedOnEachPass() throws IOException {
        Basis basis = basis("tinylora");
        List<Integer> tried = new ArrayList<>();
        KeptGradient.Maker failing = new KeptGradient.Maker() {
            @Override
            public Optional<String> refusal(BaseModel of, Basis by, int tokens) {
                return Optional.empty();
            }

            @Override
            public DeviceGradient make(BaseModel of, Basis by, int tokens) {
                tried.add(tokens);
                throw new Failure(Failure.Kind.CAPACITY, "no memory for gradients");
            }
        };
        try (Logged log = new Logged();
                KeptGradient kept = new KeptGradient(base, failing)) {
            for (int tokens : new int[] {512, 512, 600, 256, 300})
                assertThat(kept.of(basis, tokens)).isEmpty();
            assertThat(tried).containsExactly(512, 256);
            assertThat(log.messages()).containsExactly("gradients by programs: no memory for gradients");
        }
        // The room behind the weights is free again.
        assertThat(base.weights().claimRoom(this)).isTrue();
        base.weights().releaseRoom(this);
    }

    /** A device that has no memory for kernels, once all else is made. */
    private static final class Full implements Accelerator {
        private int asked;

        @Override
        public String name() {
            return "full";
        }

        @Override
        public Map<String, String> environment() {
            return Map.of();
        }

        @Override
        public long freeBytes() {
            return 0;
        }

        @Override
        public DeviceDecoder decoder(DecoderShape shape, DecoderAddresses addresses, int maxRows, long logits) {
            throw refusal();
        }

        @Override
        public DeviceBackward backward(
                DecoderShape shape,
                DecoderAddresses addresses,
                DeviceAdapter adapter,
                int tokens,
                boolean keepWide,
                DeviceBackward.Tensors tensors) {
            throw refusal();
        }

        private Failure refusal() {
            asked++;
            return new Failure(Failure.Kind.CAPACITY, "no memory for kernels");
        }
    }

    @Test
    void whatWasMadeIsFreedWhereTheKernelsCannotBe() throws IOException {
        Basis basis = basis("tinylora");
        Full full = new Full();
        int before = NativeMemoryTest.tensors();
        assertThatThrownBy(() -> DeviceSteps.make(base, 4, full)).hasMessage("no memory for kernels");
        assertThatThrownBy(() -> DeviceGradient.make(base, basis, 64, full)).hasMessage("no memory for kernels");
        assertThat(full.asked).isEqualTo(2);
        assertThat(NativeMemoryTest.tensors()).isEqualTo(before);
    }
}
