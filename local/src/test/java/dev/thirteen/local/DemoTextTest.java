package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.policy.v1.TinyLoraSpec;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.training.v1.Run;
import org.junit.jupiter.api.Test;

class DemoTextTest {
    @Test
    void whatIsTrainedIsSaidWithItsDegreesOfFreedom() {
        Run.Builder run =
                Run.newBuilder().setTrainedNumbers(13).setDegreesOfFreedom(12).setAdapterBytes(26);
        run.getStateBuilder()
                .getSpecBuilder()
                .setAdapter(TinyLoraSpec.newBuilder().setU(13).setRank(2).setTying(Tying.TYING_ALL));

        assertThat(DemoText.introduction(run.build()))
                .contains("Trained: 13 numbers, 12 effective degrees of freedom, 26 bytes as sent\n")
                .contains("TinyLoRA u=13, r=2, one v for all modules\n");
    }
}
