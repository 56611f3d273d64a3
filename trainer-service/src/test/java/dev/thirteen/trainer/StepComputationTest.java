package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.kit.Digests;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StepComputationTest {
    private static final List<Problem> PROBLEMS = IntStream.range(0, 10)
            .mapToObj(i -> new Problem("p" + i, i + "+1", Integer.toString(i + 1)))
            .toList();

    /** Sizes of the batches that a step of two groups of two samples asks for, and what comes of it. */
    private final List<Integer> batches = new ArrayList<>();

    @Test
    void aDeterministicStepIsComputedGroupByGroup() {
        StepOutcome.Computed exact = computed(true);
        assertThat(batches).containsExactly(2, 2);

        batches.clear();
        StepOutcome.Computed free = computed(false);
        assertThat(batches).containsExactly(4);

        assertThat(exact.adam().master()).isEqualTo(free.adam().master());
        assertThat(exact.metrics().getLoss()).isEqualTo(free.metrics().getLoss());
        assertThat(exact.metrics().getGradNorm()).isPositive();
    }

    private StepOutcome.Computed computed(boolean deterministic) {
        RunSpec wire = Fixtures.spec("run", "sha256:" + "d".repeat(64))
                .setDeterministic(deterministic)
                .build();
        var spec = RunWire.spec(wire);
        RunState created = Records.created(wire, Instant.EPOCH);
        Workload workload = new FakeModels(_ -> PROBLEMS, Digests::sha256).prepare(created, _ -> {});
        RunState record = Records.prepared(created, spec, workload);
        List<ScoredRollout> groups = IntStream.range(0, 2)
                .mapToObj(group -> new GroupRequest(0, group, 0))
                .map(request -> Fixtures.scored(Records.request(
                        record, spec, request, workload.prompts().of(request), 0, record.getAdapter())))
                .toList();
        StepOutcome outcome = new StepComputation(spec, record, groups).compute(new Counted(workload, batches), 64);
        assertThat(outcome).isInstanceOf(StepOutcome.Computed.class);
        return (StepOutcome.Computed) outcome;
    }

    /** Notes how many sequences each gradient is asked for. */
    private record Counted(Workload inner, List<Integer> batches) implements Workload {
        @Override
        public double[] gradient(
                float[] values,
                List<PolicyGradient.Sequence> sequences,
                double temperature,
                int microBatchTokens,
                PolicyGradient.Weights weights) {
            batches.add(sequences.size());
            return inner.gradient(values, sequences, temperature, microBatchTokens, weights);
        }

        @Override
        public Prompts prompts() {
            return inner.prompts();
        }

        @Override
        public String baseDigest() {
            return inner.baseDigest();
        }

        @Override
        public String basisDigest() {
            return inner.basisDigest();
        }

        @Override
        public String tokenizerDigest() {
            return inner.tokenizerDigest();
        }

        @Override
        public int trainedNumbers() {
            return inner.trainedNumbers();
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
