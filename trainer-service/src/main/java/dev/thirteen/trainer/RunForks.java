package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.training.TrainedState;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.kit.Caller;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
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
    private final Blobs blobs;
    private final TrainerConfig config;

    RunForks(RunIndex index, RunAdmission admission, Blobs blobs, TrainerConfig config) {
        this.index = index;
        this.admission = admission;
        this.blobs = blobs;
        this.config = config;
    }

    /** What a run starts with. */
    private record Start(Adapter adapter, OptimizerWire.Kept kept, String optimizerDigest) {}

    /**
     * First record of a fork.
     *
     * @throws Failure NOT_FOUND for an unknown run or step, CONFLICT for one that has no adapter yet, CALLER with every bad
     *     field, EXISTS
     */
    RunState record(Caller caller, ForkRunRequest request, Instant now) {
        index.requireSeen(caller, request.getRun());
        RunState parent = index.state(request.getRun());
        if (!NamedAdapters.has(parent)) throw conflict(request.getRun(), "is being prepared: it has no step yet");
        long step = request.hasFromStep() ? request.getFromStep() : parent.getStep();
        Start start = start(parent, step);
        var definition = request.hasSpec() ? RunAdmission.Definition.STATED : RunAdmission.Definition.RECORDED;
        RunSpec spec =
                admission.admit(caller, spec(request, parent, step), RunAdmission.Files.MUST_BE_THERE, definition);
        OptimizerWire.Kept kept = start.kept();
        RunState.Builder fork = Records.created(spec, now).toBuilder()
                .setStep(step)
                .setAdapter(start.adapter())
                .setOptimizerDigest(start.optimizerDigest())
                .setOptimizerUpdates(kept.state().adam().step())
                .setSkippedInARow(kept.skippedInARow())
                .setTrainedNumbers(parent.getTrainedNumbers())
                .setTokenizerDigest(parent.getTokenizerDigest())
                .setOrigin(Origin.newBuilder()
                        .setPolicyVersion(Records.version(request.getRun(), step))
                        .setAdapter(start.adapter()));
        if (!start.optimizerDigest().isEmpty()) return fork.build();
        OptimizerState optimizer = OptimizerWire.optimizer(kept.state(), kept.skippedInARow());
        fork.addAllMaster(optimizer.getMasterList())
                .addAllFirstMoment(optimizer.getFirstMomentList())
                .addAllSecondMoment(optimizer.getSecondMomentList());
        if (optimizer.hasAverages()) fork.setAverages(optimizer.getAverages());
        return fork.build();
    }

    private Start start(RunState parent, long step) {
        String run = parent.getSpec().getName();
        if (step == parent.getStep()) {
            return new Start(parent.getAdapter(), OptimizerWire.of(parent, blobs), parent.getOptimizerDigest());
        }
        PolicyVersion origin = parent.getOrigin().getPolicyVersion();
        if (parent.hasOrigin() && step == origin.getStep()) return start(index.state(origin.getRun()), step);
        if (step == 0 && !parent.hasOrigin()) {
            Adapter adapter = Records.start(parent);
            TrainedState first = new TrainedState(
                    AdamState.initial(AdapterWire.read(adapter, blobs::get).values()));
            boolean large = OptimizerWire.bytes(first) > Records.MOST_STATE_BYTES;
            return new Start(adapter, new OptimizerWire.Kept(first, 0), large ? kept(parent, first) : "");
        }
        StepRecord record = index.step(run, step).orElseThrow(() -> AdapterNames.noStep(parent, step));
        if (!record.getOptimizerDigest().isEmpty()) return large(record);
        if (!record.hasOptimizer()) {
            throw conflict(run, "was recorded without its optimizer at step " + step + ": fork it at its last step");
        }
        return new Start(record.getAdapter(), OptimizerWire.kept(record.getOptimizer()), "");
    }

    /** Keeps a large state where those of the run are. */
    private String kept(RunState parent, TrainedState state) {
        String volume = parent.getSpec().getCheckpointVolume();
        if (volume.isEmpty()) return blobs.put(state, 0);
        StagedBlobs staged = new StagedBlobs(blobs, volume);
        String digest = staged.put(state, 0);
        staged.settle(true);
        return digest;
    }

    private Start large(StepRecord record) {
        String digest = record.getOptimizerDigest();
        if (!blobs.contains(digest)) {
            String run = record.getPolicyVersion().getRun();
            throw conflict(
                    run,
                    "has not kept its optimizer at step %d: large ones are kept for its last %d steps (thirteen.trainer.kept-states)"
                            .formatted(record.getPolicyVersion().getStep(), config.keptStates()));
        }
        return new Start(record.getAdapter(), blobs.read(digest, StateFile::read), digest);
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
