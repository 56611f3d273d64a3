package dev.thirteen.trainer;

import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.kit.PolicyWire;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;

/** Committed adapters of runs and the names they have. */
final class NamedAdapters {
    /** The one step that an imported adapter has. */
    static final long IMPORTED_STEP = 1;

    private NamedAdapters() {}

    /** Whether the run has been prepared, so that it has at least the adapter of zeros. */
    static boolean has(RunState state) {
        return !state.getAdapter().getBasisDigest().isEmpty();
    }

    static NamedAdapter latest(RunState state) {
        return named(
                Records.version(state.getSpec().getName(), state.getStep()),
                state.getAdapter(),
                state.getSpec().getBaseModel(),
                state.getUpdatedUnixNano());
    }

    /** Step 0 of a run, which no step record holds. */
    static NamedAdapter zeros(RunState state) {
        return named(
                Records.version(state.getSpec().getName(), 0),
                Records.zeros(state),
                state.getSpec().getBaseModel(),
                state.getCreatedUnixNano());
    }

    /** What a fork began with, under its own name. */
    static NamedAdapter origin(RunState state) {
        return named(
                Records.version(
                        state.getSpec().getName(),
                        state.getOrigin().getPolicyVersion().getStep()),
                state.getOrigin().getAdapter(),
                state.getSpec().getBaseModel(),
                state.getCreatedUnixNano());
    }

    static NamedAdapter of(StepRecord step) {
        return named(step.getPolicyVersion(), step.getAdapter(), step.getBaseModel(), step.getCommittedUnixNano());
    }

    private static NamedAdapter named(PolicyVersion version, Adapter adapter, BaseModel base, long committed) {
        TinyLoraSpec spec = PolicyWire.spec(adapter.getTinylora());
        int bytes = adapter.getValues().size();
        return NamedAdapter.newBuilder()
                .setPolicyVersion(version)
                .setAdapter(adapter)
                .setBaseModel(base)
                .setCommittedUnixNano(committed)
                .setFamily("TinyLoRA")
                .setTrainedNumbers(bytes / spec.valueType().bytes())
                .setValueBytes(bytes)
                .build();
    }
}
