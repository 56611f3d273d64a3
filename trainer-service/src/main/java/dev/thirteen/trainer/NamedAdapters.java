package dev.thirteen.trainer;

import dev.thirteen.kit.AdapterWire;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;

/** Committed adapters of runs and the names they have. */
final class NamedAdapters {
    /** The one step that an imported adapter has. */
    static final long IMPORTED_STEP = 1;

    private NamedAdapters() {}

    /** Whether the run has been prepared, so that it has at least the adapter that it starts with. */
    static boolean has(RunState state) {
        return !state.getAdapter().getBasisDigest().isEmpty();
    }

    static NamedAdapter latest(RunState state) {
        return named(
                Records.version(state.getSpec().getName(), state.getStep()),
                state.getAdapter(),
                state,
                state.getUpdatedUnixNano());
    }

    /** Step 0 of a run, which no step record holds. */
    static NamedAdapter start(RunState state) {
        return named(
                Records.version(state.getSpec().getName(), 0), Records.start(state), state, state.getCreatedUnixNano());
    }

    /** What a fork began with, under its own name. */
    static NamedAdapter origin(RunState state) {
        return named(
                Records.version(
                        state.getSpec().getName(),
                        state.getOrigin().getPolicyVersion().getStep()),
                state.getOrigin().getAdapter(),
                state,
                state.getCreatedUnixNano());
    }

    private static NamedAdapter named(PolicyVersion version, Adapter adapter, RunState of, long committed) {
        return sized(adapter, of.getTrainedNumbers())
                .setPolicyVersion(version)
                .setBaseModel(of.getSpec().getBaseModel())
                .setCommittedUnixNano(committed)
                .setFamily(RunWire.spec(of.getSpec()).familyLabel())
                .setDegreesOfFreedom(of.getDegreesOfFreedom())
                .build();
    }

    static NamedAdapter of(StepRecord step) {
        return sized(step.getAdapter(), step.getTrainedNumbers())
                .setPolicyVersion(step.getPolicyVersion())
                .setBaseModel(step.getBaseModel())
                .setCommittedUnixNano(step.getCommittedUnixNano())
                .setFamily(step.getFamily().isEmpty() ? "TinyLoRA" : step.getFamily())
                .setDegreesOfFreedom(step.getDegreesOfFreedom())
                .build();
    }

    /** An adapter with its size. */
    private static NamedAdapter.Builder sized(Adapter adapter, long recorded) {
        int bytes = AdapterWire.valueType(adapter).bytes();
        // Older records do not say it; theirs hold the values.
        long numbers = recorded == 0 ? adapter.getValues().size() / bytes : recorded;
        return NamedAdapter.newBuilder()
                .setAdapter(adapter)
                .setTrainedNumbers(numbers)
                .setValueBytes(numbers * bytes);
    }
}
