package dev.thirteen.cli;

import dev.thirteen.proto.training.v1.ForkRunRequest;
import dev.thirteen.proto.training.v1.Run;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen run fork}: a run that goes on from a step of another one. */
@Command(
        name = "fork",
        description =
                "Go on from a step of another run, as it did or with another run file. Unchanged, deterministic and"
                        + " without a KL, the steps that follow are the same to the bit.")
final class RunForkCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "Run to go on from, whatever its phase.")
    private String run = "";

    @Option(names = "--from-step", paramLabel = "STEP", description = "Committed steps to begin with. Default: all.")
    private @Nullable Long fromStep;

    @Option(names = "--name", paramLabel = "NAME", description = "Name of the new run. Default: that of the run file.")
    private @Nullable String name;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "Run file of the new run, with the same base model and adapter. Default: as RUN.")
    private @Nullable Path file;

    @Option(names = "--wait", description = "Follow the run to its end; exit 1 unless it finishes.")
    private boolean wait;

    private final Session session;

    RunForkCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ForkRunRequest.Builder request = ForkRunRequest.newBuilder().setRun(run);
        if (fromStep != null) request.setFromStep(fromStep);
        RunFile read = file == null ? null : RunFile.read(file);
        if (read != null) request.setSpec(read.spec()).setName(read.spec().getName());
        if (name != null) request.setName(name);
        return session.with(services -> {
            RunSubmission submission = new RunSubmission(services.trainer(), session.output()::note);
            if (read != null) read.blobs().forEach(submission::upload);
            Run forked = services.training().forkRun(request.build()).getRun();
            return RunFollower.made(session, services, forked, text(forked), wait);
        });
    }

    private String text(Run forked) {
        return "run %s goes on from step %d of %s"
                .formatted(forked.getName(), forked.getState().getStep(), run);
    }
}
