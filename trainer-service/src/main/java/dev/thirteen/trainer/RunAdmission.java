package dev.thirteen.trainer;

import dev.thirteen.core.adapter.AdapterSize;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.TinyLoraBudget;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.run.RunSpec.DataSource;
import dev.thirteen.core.run.RunSpec.Evaluation;
import dev.thirteen.core.run.RunSpec.TinyLoraShape;
import dev.thirteen.kit.Caller;
import dev.thirteen.kit.PolicyWire;
import dev.thirteen.kit.Quotas;
import dev.thirteen.kit.RewardTermWire;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.training.v1.AdapterBudget;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Checks what a caller wants to train, before anything starts. */
@Singleton
class RunAdmission {
    /** Where problems of what a budget decides are found. */
    private static final Set<String> SPENT = Set.of("adapter", "adapter.rank", "adapter.u", "adapter.n-tie");

    private final RunIndex index;
    private final Models models;
    private final Blobs blobs;
    private final DataSets dataSets;
    private final TrainerConfig config;
    private final Quotas quotas;
    private final StateRules states;

    RunAdmission(
            RunIndex index,
            Models models,
            Blobs blobs,
            DataSets dataSets,
            TrainerConfig config,
            Quotas quotas,
            StateRules states) {
        this.states = states;
        this.quotas = quotas;
        this.index = index;
        this.models = models;
        this.blobs = blobs;
        this.dataSets = dataSets;
        this.config = config;
    }

    /** Whether problem files must have been put already: not for a check, which comes before a long upload. */
    enum Files {
        MUST_BE_THERE,
        MAY_FOLLOW
    }

    /** Whether a caller states the definition, or goes on with one that was recorded, by an older client perhaps. */
    enum Definition {
        STATED,
        RECORDED
    }

    /**
     * The spec with the trainer's defaults filled in, so that a restart with other defaults does not change the run.
     *
     * @throws Failure CALLER with every bad field, EXISTS, CAPACITY when the tenant's runs have too many groups in flight
     */
    RunSpec admit(Caller caller, RunSpec asked, Files files, Definition definition) {
        RunSpec wire = spent(asked);
        var spec = RunWire.spec(wire);
        List<FieldProblem> problems = new ArrayList<>(spec.problems());
        // A replay takes over what was recorded.
        if (definition == Definition.STATED && !spec.replays()) problems.addAll(spec.idle());
        String name = caller.problem(spec.name());
        if (!name.isEmpty()) problems.add(new FieldProblem("name", name));
        if (wire.hasFamilyAdapter()) alone(problems, wire);
        problems.addAll(RewardTermWire.expressions(spec.reward().spec(), "reward.terms"));
        wrongLabels(problems, spec);
        if (!spec.base().folder().isBlank()) problems.addAll(models.problems(spec));
        if (files == Files.MUST_BE_THERE) {
            known(problems, "data-set.blob-digest", spec.data());
            known(problems, "evaluation.data-set.blob-digest", spec.evaluation().data());
        }
        if (problems.isEmpty() && spec.data() instanceof DataSource.Blob(String digest) && blobs.contains(digest)) {
            check(problems, "data-set.blob-digest", () -> models.requireRoom(spec, dataSets.training(spec)));
        }
        if (problems.isEmpty()) states.check(problems, wire.getCheckpointVolume(), spec);
        if (problems.isEmpty()) enough(problems, spec.evaluation());
        if (wire.hasBudget() && !wire.hasFamilyAdapter()) problems.replaceAll(RunAdmission::ofBudget);
        if (problems.isEmpty() && spec.replays()) replay(problems, caller, wire);
        if (!problems.isEmpty()) throw Failure.fields(problems);
        index.requireFree(spec.name());
        requireGroups(caller, wire);
        RunSpec.Builder filled = wire.toBuilder();
        if (wire.getMicroBatchTokens() == 0) filled.setMicroBatchTokens(config.microBatchTokens());
        if (wire.getGroupDeadlineMs() == 0)
            filled.setGroupDeadlineMs(config.groupDeadline().toMillis());
        return filled.build();
    }

    /** Base, adapter and samples are those of the recorded run: its rollouts were drawn so. */
    private void replay(List<FieldProblem> problems, Caller caller, RunSpec wire) {
        index.requireSeen(caller, wire.getReplayOf());
        RunState recorded = index.state(wire.getReplayOf());
        RunSpec of = recorded.getSpec();
        String those = "must be that of run '" + of.getName() + "'";
        if (!wire.getBaseModel().getFolder().equals(of.getBaseModel().getFolder())) {
            problems.add(new FieldProblem("base-model.folder", those));
        }
        if (!RunWire.sameAdapter(wire, of)) {
            problems.add(new FieldProblem("adapter", those));
        }
        if (wire.getSamplesPerGroup() != of.getSamplesPerGroup()) {
            problems.add(new FieldProblem("samples-per-group", those));
        }
        if (wire.getSampling().getTemperature() != of.getSampling().getTemperature()) {
            problems.add(new FieldProblem("sampling.temperature", those));
        }
        long first = recorded.getOrigin().getPolicyVersion().getStep();
        if (!RunWire.spec(of).samples() || first > 0) {
            problems.add(new FieldProblem("replay-of", "must name a run that sampled its steps from the first on"));
        }
        if (recorded.getStep() == 0) {
            String without = "must name a run that has committed a step: '%s' has none yet".formatted(of.getName());
            problems.add(new FieldProblem("replay-of", without));
        } else if (wire.getSteps() > recorded.getStep()) {
            problems.add(new FieldProblem(
                    "steps", "must be at most %d, the steps of run '%s'".formatted(recorded.getStep(), of.getName())));
        }
    }

    /** Refuses a run beside the caller's live ones where its quota is used up. */
    void requireGroups(Caller caller, RunSpec wire) {
        quotas.requireGroups(
                caller,
                groupsInFlight(wire)
                        + index.states().stream()
                                .filter(state -> RunWire.phase(state.getPhase()).live())
                                .map(RunState::getSpec)
                                .filter(other -> caller.sees(other.getName()))
                                .mapToLong(RunAdmission::groupsInFlight)
                                .sum());
    }

    /** A step's groups, and those of the steps that may be begun ahead of it. */
    private static long groupsInFlight(RunSpec spec) {
        if (!spec.getReplayOf().isEmpty()) return 0;
        return (long) spec.getGroupsPerStep() * (1 + spec.getMaxStaleness());
    }

    private static void alone(List<FieldProblem> problems, RunSpec wire) {
        if (wire.hasAdapter()) problems.add(new FieldProblem("adapter", "must not be set beside family-adapter"));
        if (wire.hasBudget()) {
            problems.add(new FieldProblem("adapter.budget", "has no meaning but for TinyLoRA, whose shape it decides"));
        }
    }

    /** The run as it would be created, with the size of its adapter. */
    Run preview(RunSpec spec) {
        var core = RunWire.spec(spec);
        AdapterSize size = models.size(core);
        return RunView.of(Records.created(spec, InstantSource.system().instant()), 0, "").toBuilder()
                .setTrainedNumbers(size.numbers())
                .setAdapterBytes(size.numbers() * core.valueType().bytes())
                .setDegreesOfFreedom(size.degreesOfFreedom())
                .build();
    }

    /**
     * The spec with its budget spent on rank, u and tying; as it is where it has none.
     *
     * @throws Failure CALLER for a budget that buys no number, or a base model that is not there
     */
    RunSpec spent(RunSpec wire) {
        if (!wire.hasBudget() || wire.hasFamilyAdapter()) return wire;
        // What a budget says nothing of is checked with the whole spec; until then it has any value.
        RunSpec.Builder filled = wire.toBuilder();
        filled.getAdapterBuilder().setRank(1).setU(1).setTying(Tying.TYING_ALL).clearNTie();
        var unchecked = RunWire.spec(filled.build());
        if (!(unchecked.adapter() instanceof TinyLoraShape shape)) return wire;
        if (shape.sigmaForm() == null
                || shape.valueType() == null
                || shape.targets().problem().isPresent()) return filled.build();
        TinyLoraSpec other = unchecked.tinyLora().orElseThrow();
        AdapterBudget budget = wire.getBudget();
        long numbers = budget.hasBytes() ? budget.getBytes() / other.valueType().bytes() : budget.getNumbers();
        if (numbers < 1) {
            throw Failure.fields(List.of(new FieldProblem("adapter.budget", "must buy at least 1 number")));
        }
        return filled.setAdapter(PolicyWire.spec(spend(numbers, baseShape(wire), other)))
                .build();
    }

    /** The caller wrote a budget, and not what it was spent on. */
    private static FieldProblem ofBudget(FieldProblem problem) {
        return SPENT.contains(problem.path()) ? new FieldProblem("adapter.budget", problem.problem()) : problem;
    }

    private static TinyLoraSpec spend(long numbers, ModelShape shape, TinyLoraSpec other) {
        try {
            return new TinyLoraBudget(numbers).spend(shape, other);
        } catch (Failure e) {
            throw Failure.fields(List.of(new FieldProblem("adapter.target-modules", String.valueOf(e.getMessage()))));
        }
    }

    private ModelShape baseShape(RunSpec wire) {
        try {
            return models.shape(wire.getBaseModel().getFolder());
        } catch (Failure e) {
            throw Failure.fields(List.of(new FieldProblem("base-model.folder", String.valueOf(e.getMessage()))));
        }
    }

    /** Digests of a spec's problem files that have not been put. */
    List<String> missing(RunSpec spec) {
        return Stream.of(spec.getDataSet(), spec.getEvaluation().getDataSet())
                .filter(DataSet::hasBlobDigest)
                .map(DataSet::getBlobDigest)
                .filter(digest -> !blobs.contains(digest))
                .distinct()
                .toList();
    }

    private void known(List<FieldProblem> problems, String path, DataSource data) {
        boolean named = problems.stream().anyMatch(problem -> problem.path().equals(path));
        if (!named && data instanceof DataSource.Blob(String digest) && !blobs.contains(digest)) {
            problems.add(new FieldProblem(path, "there is no such file: put it first (PutBlob)"));
        }
    }

    private void enough(List<FieldProblem> problems, Evaluation evaluation) {
        if (!(evaluation.data() instanceof DataSource.Blob(String digest)) || !blobs.contains(digest)) return;
        check(problems, "evaluation.data-set.blob-digest", () -> {
            int there = dataSets.problems(evaluation.data()).size();
            if (evaluation.problems() <= there) return;
            problems.add(new FieldProblem(
                    "evaluation.problems",
                    "must be at most %d, the problems of its file, not %d".formatted(there, evaluation.problems())));
        });
    }

    private static void wrongLabels(List<FieldProblem> problems, dev.thirteen.core.run.RunSpec spec) {
        if (!spec.reward().spec().has(TermKind.WrongLabel.class) || !(spec.data() instanceof DataSource.Generator))
            return;
        problems.add(
                new FieldProblem("data-set.generator", "has no wrong answers, which wrong-label needs: use a file"));
    }

    private static void check(List<FieldProblem> problems, String path, Runnable check) {
        try {
            check.run();
        } catch (Failure e) {
            problems.add(new FieldProblem(path, String.valueOf(e.getMessage())));
        }
    }
}
