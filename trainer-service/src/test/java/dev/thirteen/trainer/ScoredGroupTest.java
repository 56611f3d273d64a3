package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.rollout.v1.PolicySpan;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ScoredGroupTest {
    private static final String OTHER = "sha256:" + "9".repeat(64);

    private final RunState record = prepared();

    @Test
    void aGroupThatTheRunsOwnPolicyMadeHasNoProblem() {
        assertThat(ScoredGroup.problem(group(made -> {}), record)).isEmpty();
    }

    @Test
    void aGroupThatAnythingElseMadeIsNotTrainedOn() {
        assertThat(problem(made -> made.setBaseDigest(OTHER)))
                .isEqualTo("the group was made with another base model: %s, not %s", OTHER, FakeModels.BASE_DIGEST);
        assertThat(problem(made -> made.setBasisDigest(OTHER))).startsWith("the group was made with another basis: ");
        assertThat(problem(made -> made.setTokenizerDigest(OTHER)))
                .startsWith("the group was made with another tokenizer: ");
        assertThat(problem(Provenance.Builder::clearAdapterDigest))
                .startsWith("the group was made with another adapter: none that it names, not sha256:");
    }

    @Test
    void theOldestTokenTellsHowStaleAGroupIs() {
        ScoredRollout.Builder mixed = group(_ -> {}).toBuilder();
        mixed.getRolloutBuilder().getRequestBuilder().getPolicyVersionBuilder().setStep(3);
        span(mixed, 0, 3, 1);
        span(mixed, 0, 5, 1);
        span(mixed, 1, 4, 2);
        assertThat(ScoredGroup.problem(mixed.build(), record)).isEmpty();
        assertThat(ScoredGroup.oldestPolicy(mixed.getRollout())).isEqualTo(3);
        StepMetrics metrics = ScoredGroup.measure(List.of(mixed.build()), 5).build();
        assertThat(metrics.getStalenessMax()).isEqualTo(2);
        // Two of four tokens are one step old, one is two steps old, one is of the newest policy.
        assertThat(metrics.getStalenessMean()).isEqualTo(1);
    }

    @Test
    void policiesThatDoNotCoverASampleAreNotTrainedOn() {
        ScoredRollout.Builder mixed = group(_ -> {}).toBuilder();
        span(mixed, 0, 3, 1);
        assertThat(ScoredGroup.problem(mixed.build(), record))
                .hasValue("a sample names policies for 1 of its 2 tokens");
        span(mixed, 0, 2, 1);
        assertThat(ScoredGroup.problem(mixed.build(), record)).hasValue("a sample's policies do not follow each other");
    }

    private static void span(ScoredRollout.Builder group, int sample, long step, int tokens) {
        group.getRolloutBuilder()
                .getSamplesBuilder(sample)
                .addPolicySpans(PolicySpan.newBuilder().setStep(step).setTokens(tokens));
    }

    private String problem(Consumer<Provenance.Builder> change) {
        return ScoredGroup.problem(group(change), record).orElseThrow();
    }

    private ScoredRollout group(Consumer<Provenance.Builder> change) {
        var spec = RunWire.spec(record.getSpec());
        Prompts prompts =
                new Prompts(List.of(new dev.thirteen.core.data.Problem("p", "1+1", "2")), List.of(new int[] {1}), 7, 2);
        GroupRequest first = new GroupRequest(0, 0, 0);
        ScoredRollout.Builder group =
                Fixtures.scored(Records.request(record, spec, first, prompts.of(first), 0, record.getAdapter()))
                        .toBuilder();
        change.accept(group.getRolloutBuilder().getProvenanceBuilder());
        return group.build();
    }

    private static RunState prepared() {
        RunState created =
                Records.created(Fixtures.spec("run", "sha256:" + "d".repeat(64)).build(), Instant.EPOCH);
        FakeModels models = new FakeModels(_ -> List.of(), Digests::sha256);
        Workload workload = models.prepare(created, _ -> {});
        return Records.prepared(created, RunWire.spec(created.getSpec()), workload, Digests::sha256);
    }
}
