package dev.thirteen.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class NeedsTest {
    @Test
    void anInterpreterThatIsNotThereHasNoPeers() {
        assertThat(Needs.HUGGING_FACE.missing("/no/python"))
                .hasValue("without its peers: /no/python cannot import torch, transformers, peft;"
                        + " .thirteen/bench/venv.log says why they were not installed");
        assertThat(Needs.MATH_VERIFY.missing("/bin/false").orElseThrow()).contains("cannot import math_verify");
        assertThat(Needs.NOTHING.missing("/no/python")).isEmpty();
    }

    /** They run where nothing can be installed. */
    @Test
    void measuresWhosePeersAreOursOrFiguresNeedNothing() {
        List<String> free = Measure.all().stream()
                .filter(measure -> measure.needs() == Needs.NOTHING)
                .map(Measure::name)
                .toList();
        assertThat(free)
                .containsExactly(
                        "cpu-adapters",
                        "runs-256",
                        "runs-256-system",
                        "step-overhead",
                        "policy-sync",
                        "gpu-adapters",
                        "gpu-gradient-3b-memory");
    }
}
