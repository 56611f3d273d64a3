package dev.thirteen.trainer;

import com.google.common.primitives.Floats;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.training.v1.ForkRunRequest;
import dev.thirteen.proto.training.v1.OptimizerState;
import dev.thirteen.proto.training.v1.Origin;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Runs that go on from a step of another run. */
@Singleton
class RunForks {
    private final RunIndex index;
    private final RunAdmission admission;

    RunForks(RunIndex index, RunAdmission admission) {
        this.index = index;
        this.admission = admission;
    }

    /** What a run starts with. */
    private record Start(Adapter adapter, OptimizerState optimizer) {}

    /**
     * First record of a fork.
     *
     * @throws Failure NOT_FOUND for an unknown run or step, CONFLICT for one that has no adapter yet, CALLER with every bad
     *     field, EXISTS
     */
    RunState record(ForkRunRequest request, Instant now) {
        RunState parent = index.state(request.getRun());
        if (!NamedAdapters.has(parent)) throw conflict(request.getRun(), "is being prepared: it has no step yet");
        long step = request.hasFromStep() ? request.getFromStep() : parent.getStep();
        Start start = start(parent, step);
        RunSpec spec = admission.admit(spec(request, parent, step), RunAdmission.Files.MUST_BE_THERE);
        OptimizerState optimizer = start.optimizer();
        RunState.Builder fork = Records.created(spec, now).toBuilder()
                .setStep(step)
                .setAdapter(start.adapter())
                .addAllMaster(optimizer.getMasterList())
                .addAllFirstMoment(optimizer.getFirstMomentList())
                .addAllSecondMoment(optimizer.getSecondMomentList())
                .setOptimizerUpdates(optimizer.getUpdates())
                .setSkippedInARow(optimizer.getSkippedInARow())
                .setTrainedNumbers(parent.getTrainedNumbers())
                .setTokenizerDigest(parent.getTokenizerDigest())
                .setOrigin(Origin.newBuilder()
                        .setPolicyVersion(Records.version(request.getRun(), step))
                        .setAdapter(start.adapter()));
        if (optimizer.hasAverages()) fork.setAverages(optimizer.getAverages());
        return fork.build();
    }

    private Start start(RunState parent, long step) {
        String run = parent.getSpec().getName();
        if (step == parent.getStep()) return new Start(parent.getAdapter(), Records.optimizer(parent));
        if (step == 0 && !parent.hasOrigin()) {
            Adapter adapter = Records.start(parent);
            float[] values = AdapterWire.read(adapter).values();
            List<Float> none = Floats.asList(new float[values.length]);
            return new Start(
                    adapter,
                    OptimizerState.newBuilder()
                            .addAllMaster(Floats.asList(values))
                            .addAllFirstMoment(none)
                            .addAllSecondMoment(none)
                            .build());
        }
        StepRecord record = index.step(run, step)
                .orElseThrow(() -> new Failure(
                                Failure.Kind.NOT_FOUND,
                                "run '%s' has no step %d: its last is %d".formatted(run, step, parent.getStep()))
                        .because(Failure.Reason.STEP_UNKNOWN));
        if (!record.hasOptimizer()) {
            throw conflict(run, "was recorded without its optimizer at step " + step + ": fork it at its last step");
        }
        return new Start(record.getAdapter(), record.getOptimizer());
    }

    private RunSpec spec(ForkRunRequest request, RunState parent, long step) {
        RunSpec of = parent.getSpec();
        RunSpec asked = request.hasSpec() ? admission.spent(request.getSpec()) : of;
        RunSpec.Builder spec = asked.toBuilder().setName(request.getName());
        List<FieldProblem> problems = new ArrayList<>();
        if (!spec.getAdapter().equals(of.getAdapter())
                || !spec.getFamilyAdapter().equals(of.getFamilyAdapter())) {
            problems.add(new FieldProblem("adapter", "must be that of run '" + of.getName() + "'"));
        }
        if (!spec.getBaseModel().getFolder().equals(of.getBaseModel().getFolder())) {
            problems.add(new FieldProblem("base-model.folder", "must be that of run '" + of.getName() + "'"));
        }
        if (spec.getSteps() <= step) {
            problems.add(new FieldProblem(
                    "steps",
                    "must be above %d, the step that it goes on from, not %d".formatted(step, spec.getSteps())));
        }
        if (!problems.isEmpty()) throw Failure.fields(Collections.unmodifiableList(problems));
        spec.getBaseModelBuilder().setDigest(of.getBaseModel().getDigest());
        return spec.build();
    }

    private static Failure conflict(String run, String problem) {
        return new Failure(Failure.Kind.CONFLICT, "run '" + run + "' " + problem);
    }
}
