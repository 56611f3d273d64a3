package dev.thirteen.trainer;

import dev.thirteen.core.run.RunPhase;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunState;

/** A run as clients see it. */
final class RunView {
    private RunView() {}

    /** @param secondsAStep of late; 0 where nobody knows */
    static Run of(RunState state, double secondsAStep, String activity) {
        RunSpec spec = RunWire.spec(state.getSpec());
        boolean has = NamedAdapters.has(state);
        NamedAdapter latest = has ? NamedAdapters.latest(state) : NamedAdapter.getDefaultInstance();
        return Run.newBuilder()
                .setName(spec.name())
                .setState(state)
                .setTrainedNumbers((int) latest.getTrainedNumbers())
                .setAdapterBytes((int) latest.getValueBytes())
                .setDegreesOfFreedom(state.getDegreesOfFreedom())
                .setEtaSeconds(etaSeconds(state, secondsAStep))
                .setActivity(activity)
                .build();
    }

    private static double etaSeconds(RunState state, double secondsAStep) {
        if (RunWire.phase(state.getPhase()) != RunPhase.RUNNING) return 0;
        return secondsAStep * (state.getSpec().getSteps() - state.getStep());
    }
}
