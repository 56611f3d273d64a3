package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen run replay}: a run on the rollouts that another one recorded. */
@Command(
        name = "replay",
        description = "Train on the recorded rollouts of a run, under its definition or another one, without sampling.",
        footerHeading = "%nExamples:%n",
        footer = "  bin/thirteen run replay tiny-arithmetic --name faster --learning-rate 0.02 --wait")
final class RunReplayCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "Run whose rollouts are used.")
    private String run = "";

    @Option(names = "--name", paramLabel = "NAME", description = "Name of the new run. Default: that of the run file.")
    private @Nullable String name;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "Run file of the new run, with the same base model, adapter and samples. Default: as RUN.")
    private @Nullable Path file;

    @Option(names = "--learning-rate", paramLabel = "RATE", description = "Another learning rate.")
    private @Nullable Double rate;

    @Option(names = "--steps", paramLabel = "N", description = "Steps to replay. Default: all that RUN has committed.")
    private @Nullable Long steps;

    @Option(names = "--wait", description = "Follow the run to its end; exit 1 unless it finishes.")
    private boolean wait;

    private final Session session;

    RunReplayCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        RunFile read = file == null ? null : RunFile.read(file);
        return session.with(services -> {
            RunState recorded = services.training()
                    .getRun(GetRunRequest.newBuilder().setName(run).build())
                    .getRun()
                    .getState();
            requireStep(recorded);
            RunSubmission submission = new RunSubmission(services.trainer(), session.output()::note);
            if (read != null) read.blobs().forEach(submission::upload);
            RunSpec spec = spec(recorded, read == null ? recorded.getSpec() : read.spec());
            Run created = services.training()
                    .createRun(CreateRunRequest.newBuilder().setSpec(spec).build())
                    .getRun();
            return RunFollower.made(session, services, created, text(created), wait);
        });
    }

    /** As the server says it, before anything is uploaded. */
    private void requireStep(RunState recorded) {
        if (recorded.getStep() > 0) return;
        String problem = "must name a run that has committed a step: '%s' has none yet".formatted(run);
        throw Failure.fields(List.of(new Failure.FieldProblem("replay-of", problem)));
    }

    private RunSpec spec(RunState recorded, RunSpec of) {
        RunSpec.Builder spec = of.toBuilder().setReplayOf(run);
        if (name != null) spec.setName(name);
        spec.setSteps(steps != null ? steps : Math.min(recorded.getStep(), of.getSteps()));
        if (rate != null) spec.getOptimizerBuilder().setLearningRate(rate);
        if (of.getAlgorithm().getDynamicSampling()) {
            spec.getAlgorithmBuilder().setDynamicSampling(false).setMaxRefills(0);
            session.output().note("dynamic-sampling is off: a replay replaces no recorded group");
        }
        return spec.build();
    }

    private String text(Run created) {
        return "run %s replays %d steps of %s"
                .formatted(created.getName(), created.getState().getSpec().getSteps(), run);
    }
}
