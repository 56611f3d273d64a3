package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.local.Service;
import dev.thirteen.proto.policy.v1.AdaLoraSpec;
import dev.thirteen.proto.policy.v1.FamilySpec;
import dev.thirteen.proto.policy.v1.LoraSpec;
import dev.thirteen.proto.policy.v1.LoraXsSpec;
import dev.thirteen.proto.policy.v1.ValueType;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs of other families than TinyLoRA, one for each way in which their state is kept. */
@ExtendWith(SystemUnderTest.Provider.class)
class FamilyRunTest {
    private static final int STEPS = 5;
    private static final Duration LIMIT = Duration.ofSeconds(300);

    /** In the record; in the record with averages; in blobs, and the values of the adapter too. */
    static Stream<Arguments> families() {
        FamilySpec.Builder spec = FamilySpec.newBuilder().setSeed(3).setValueType(ValueType.VALUE_TYPE_BF16);
        return Stream.of(
                Arguments.of(
                        "lora-xs",
                        spec.clone()
                                .setLoraXs(LoraXsSpec.newBuilder().setRank(2).setAlpha(2))),
                Arguments.of(
                        "adalora",
                        spec.clone()
                                .addTargetModules("q_proj")
                                .setAdaLora(AdaLoraSpec.newBuilder()
                                        .setInitialRank(3)
                                        .setTargetRank(1)
                                        .setAlpha(3)
                                        .setFinalSteps(1)
                                        .setSensitivityDecay(0.85)
                                        .setUncertaintyDecay(0.85)
                                        .setOrthogonality(0.5))),
                Arguments.of(
                        "lora",
                        spec.clone().setLora(LoraSpec.newBuilder().setRank(8).setAlpha(8))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void aRunWhoseTrainerIsKilledEndsWithTheBitsOfOneThatIsNot(
            String name, FamilySpec.Builder family, SystemUnderTest system) {
        RunClient runs = system.runs();
        runs.create(name + "-quiet", STEPS, family.build());
        RunState quiet = runs.awaitStep(name + "-quiet", STEPS, LIMIT);
        assertThat(quiet.getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);

        runs.create(name + "-stormy", STEPS, family.build());
        runs.awaitStep(name + "-stormy", 2, LIMIT);
        system.part(Service.TRAINER).kill();
        system.part(Service.TRAINER).restart();
        RunState stormy = runs.awaitStep(name + "-stormy", STEPS, LIMIT);
        assertThat(stormy.getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        assertThat(stormy.getAdapter()).isEqualTo(quiet.getAdapter());
        assertThat(stormy.getMasterList()).isEqualTo(quiet.getMasterList());
        assertThat(stormy.getAverages()).isEqualTo(quiet.getAverages());
        assertThat(stormy.getOptimizerDigest()).isEqualTo(quiet.getOptimizerDigest());
        assertThat(stormy.getMasterCount() == 0).isEqualTo(name.equals("lora"));
        assertThat(stormy.getAdapter().getValues().isEmpty()).isEqualTo(name.equals("lora"));
    }
}
