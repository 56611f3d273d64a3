package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.kit.AdapterWire;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs side by side on the bundled model: a thousand, or as many as -Dthirteen.test.runs says. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class ManyRunsTest {
    private static final int RUNS = Integer.getInteger("thirteen.test.runs", 1000);
    private static final int STATE_BYTES = 10_000;
    /** Every so many-th run is deterministic. */
    private static final int EXACT = 125;

    @TempDir
    Path cache;

    /** They differ in seed, and some in u, tying, projection seed and algorithm. */
    private static RunSpec spec(int number) {
        RunSpec.Builder spec = EngineFixture.spec(13)
                .setName("run-" + number)
                .setSteps(2)
                .setGroupsPerStep(1)
                .setMicroBatchTokens(0)
                .setDeterministic(number % EXACT == 1);
        spec.getSamplingBuilder().setSeed(number);
        if (number % 5 == 1) spec.getAdapterBuilder().setProjectionSeed(number % 50);
        if (number % 5 == 2)
            spec.getAdapterBuilder().setU(4).setTying(Tying.TYING_TILED).setNTie(1);
        if (number % 5 == 3)
            spec.getAlgorithmBuilder().setName("rloo").setClipLow(0).setClipHigh(0);
        return spec.build();
    }

    @Test
    void aThousandRunsAdvanceInOneProcessAndNoneDependsOnTheOthers() {
        RunIndex index = Fixtures.index();
        EngineModels models = EngineFixture.open(cache, index).models();
        List<RunSpec> specs = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) specs.add(spec(i));
        ManyRuns together = new ManyRuns(models, index);
        long before = heap();
        long start = System.nanoTime();
        together.live(specs);
        double seconds = (System.nanoTime() - start) * 1e-9;
        long after = heap();
        System.out.printf(
                "%d runs of 2 steps: %.1f s, heap %d bytes a run; largest record of a state %d bytes, of a step %d%n",
                RUNS,
                seconds,
                (after - before) / RUNS,
                together.largest(Topics.RUN_STATE),
                together.largest(Topics.RUN_STEPS));
        assertThat(together.largest(Topics.RUN_STATE)).isLessThan(STATE_BYTES);
        for (int i = 0; i < RUNS; i++) {
            RunState state = together.state("run-" + i);
            assertThat(state.getPhase()).as(state.getReason()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
            assertThat(values(state)).isNotEqualTo(new float[values(state).length]);
        }
        for (int i = 0; i < RUNS; i++) {
            // One of each kind beside every deterministic one.
            if (i % EXACT > 3) continue;
            RunIndex own = Fixtures.index();
            ManyRuns alone = new ManyRuns(models, own);
            alone.live(List.of(spec(i)));
            RunState expected = alone.state("run-" + i);
            RunState actual = together.state("run-" + i);
            if (spec(i).getDeterministic()) {
                assertThat(actual.getMasterList()).as("run %d", i).isEqualTo(expected.getMasterList());
                assertThat(actual.getAdapter().getDigest())
                        .isEqualTo(expected.getAdapter().getDigest());
            } else {
                assertThat(cosine(values(actual), values(expected)))
                        .as("run %d", i)
                        .isGreaterThan(0.999);
            }
        }
        models.close();
    }

    /** Bytes that are in use once nothing unused is left. */
    static long heap() {
        for (int i = 0; i < 3; i++) System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static float[] values(RunState state) {
        return AdapterWire.read(state.getAdapter(), _ -> new byte[0]).values();
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double left = 0;
        double right = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            left += (double) a[i] * a[i];
            right += (double) b[i] * b[i];
        }
        return product / Math.sqrt(left * right);
    }
}
