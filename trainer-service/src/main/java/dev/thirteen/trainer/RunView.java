package dev.thirteen.trainer;

import dev.thirteen.core.run.RunPhase;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import java.util.List;

/** A run as clients see it. */
final class RunView {
    /** Steps whose pace foretells the rest. */
    private static final int PACE_STEPS = 10;

    private RunView() {}

    static Run of(RunState state, List<StepRecord> log, String activity) {
        RunSpec spec = RunWire.spec(state.getSpec());
        boolean has = NamedAdapters.has(state);
        NamedAdapter latest = has ? NamedAdapters.latest(state) : NamedAdapter.getDefaultInstance();
        return Run.newBuilder()
                .setName(spec.name())
                .setState(state)
                .setTrainedNumbers((int) latest.getTrainedNumbers())
                .setAdapterBytes((int) latest.getValueBytes())
                .setDegreesOfFreedom(state.getDegreesOfFreedom())
                .setEtaSeconds(etaSeconds(state, log))
                .setActivity(activity)
                .build();
    }

    private static double etaSeconds(RunState state, List<StepRecord> log) {
        if (RunWire.phase(state.getPhase()) != RunPhase.RUNNING || log.size() < 2) return 0;
        StepRecord last = log.getLast();
        StepRecord first = log.get(Math.max(0, log.size() - 1 - PACE_STEPS));
        long steps =
                last.getPolicyVersion().getStep() - first.getPolicyVersion().getStep();
        double seconds = (last.getCommittedUnixNano() - first.getCommittedUnixNano()) / 1e9;
        return seconds / steps * (state.getSpec().getSteps() - state.getStep());
    }
}
