package dev.thirteen.trainer;

import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;

/** Committed adapters and the names they have. */
final class NamedAdapters {
    private NamedAdapters() {}

    /** Whether the run has been prepared, so that it has at least the adapter of zeros. */
    static boolean has(RunState state) {
        return !state.getAdapter().getBasisDigest().isEmpty();
    }

    static NamedAdapter latest(RunState state) {
        return NamedAdapter.newBuilder()
                .setPolicyVersion(Records.version(state.getSpec().getName(), state.getStep()))
                .setAdapter(state.getAdapter())
                .setBaseModel(state.getSpec().getBaseModel())
                .setCommittedUnixNano(state.getUpdatedUnixNano())
                .build();
    }

    /** Step 0 of a run, which no step record holds. */
    static NamedAdapter zeros(RunState state) {
        return NamedAdapter.newBuilder()
                .setPolicyVersion(Records.version(state.getSpec().getName(), 0))
                .setAdapter(Records.zeros(state))
                .setBaseModel(state.getSpec().getBaseModel())
                .setCommittedUnixNano(state.getCreatedUnixNano())
                .build();
    }

    static NamedAdapter of(StepRecord step) {
        return NamedAdapter.newBuilder()
                .setPolicyVersion(step.getPolicyVersion())
                .setAdapter(step.getAdapter())
                .setBaseModel(step.getBaseModel())
                .setCommittedUnixNano(step.getCommittedUnixNano())
                .build();
    }
}
