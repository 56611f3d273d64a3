package dev.thirteen.cli;

import dev.thirteen.proto.training.v1.CancelRunRequest;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.ListRunsRequest;
import dev.thirteen.proto.training.v1.PauseRunRequest;
import dev.thirteen.proto.training.v1.ResumeRunRequest;
import dev.thirteen.proto.training.v1.Run;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen run}: training runs. */
@Command(
        name = "run",
        description = "Create, follow and control training runs.",
        subcommands = {
            RunCommands.Create.class,
            RunCommands.Check.class,
            RunCommands.List.class,
            RunCommands.Show.class,
            RunCommands.Watch.class,
            RunCommands.Pause.class,
            RunCommands.Resume.class,
            RunCommands.Cancel.class,
            RunForkCommand.class,
            RunReplayCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen run check -f examples/gsm8k.yaml",
            "  bin/thirteen run create -f examples/tiny-arithmetic.yaml --wait",
            "  bin/thirteen run watch tiny-arithmetic",
            "  bin/thirteen run fork tiny-arithmetic --from-step 30 --name again",
            "  bin/thirteen run list -o json"
        })
final class RunCommands {
    RunCommands(Session session) {}

    @Command(name = "create", description = "Check a run file, upload its problems, and start the run.")
    static final class Create implements Callable<Integer> {
        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "Run file (YAML, see examples/).")
        private Path file = Path.of("");

        @Option(names = "--wait", description = "Follow the run to its end; exit 1 unless it finishes.")
        private boolean wait;

        @Option(names = "--if-absent", description = "Succeed without doing anything when a run of that name is there.")
        private boolean ifAbsent;

        private final Session session;

        Create(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            RunFile runFile = RunFile.read(file);
            return session.with(services -> {
                if (ifAbsent && isThere(services, runFile.spec().getName())) return CallFailure.OK;
                Run run = new RunSubmission(services.trainer(), session.output()::note).create(runFile);
                return RunFollower.made(session, services, run, "created run " + run.getName(), wait);
            });
        }

        private boolean isThere(Services services, String name) {
            boolean there = services.training().listRuns(ListRunsRequest.getDefaultInstance()).getRunsList().stream()
                    .anyMatch(run -> run.getName().equals(name));
            if (there) session.output().note("run " + name + " is there already");
            return there;
        }
    }

    @Command(
            name = "check",
            description =
                    "Check a run file here and with the server; create and upload nothing. What the server refuses in problem"
                            + " files, it can tell of those alone that were uploaded before; the others are named.")
    static final class Check implements Callable<Integer> {
        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "Run file (YAML, see examples/).")
        private Path file = Path.of("");

        private final Session session;

        Check(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            RunFile runFile = RunFile.read(file);
            return session.with(services -> {
                RunSubmission submission = new RunSubmission(services.trainer(), session.output()::note);
                Run run = submission.check(
                        runFile,
                        blob -> session.output().note(RunSubmission.unchecked(blob, "`run create` has uploaded it")));
                session.print(
                        run,
                        () -> "%s is fine: %s, %s%n"
                                .formatted(file, RunTexts.adapter(run.getState().getSpec()), RunTexts.size(run)));
                return CallFailure.OK;
            });
        }
    }

    @Command(name = "list", description = "List all runs, oldest first.")
    static final class List implements Callable<Integer> {
        private final Session session;

        List(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            return session.with(services -> {
                java.util.List<Run> runs = services.training()
                        .listRuns(ListRunsRequest.getDefaultInstance())
                        .getRunsList();
                if (session.json()) {
                    runs.forEach(session.output()::json);
                } else {
                    session.output().text(RunTexts.table(runs));
                }
                return CallFailure.OK;
            });
        }
    }

    /** A command on one run that answers with the run. */
    private abstract static class OnRun implements Callable<Integer> {
        @Parameters(paramLabel = "NAME", description = "Name of the run.")
        private String name = "";

        private final Session session;
        private final BiFunction<Services, String, Run> request;
        private final @Nullable String done;

        OnRun(Session session, @Nullable String done, BiFunction<Services, String, Run> request) {
            this.session = session;
            this.request = request;
            this.done = done;
        }

        @Override
        public Integer call() {
            return session.with(services -> {
                Run run = request.apply(services, name);
                session.print(run, () -> done == null ? RunTexts.details(run) : done.formatted(name) + "\n");
                return CallFailure.OK;
            });
        }
    }

    @Command(name = "show", description = "Show one run.")
    static final class Show extends OnRun {
        Show(Session session) {
            super(
                    session,
                    null,
                    (services, name) -> services.training()
                            .getRun(GetRunRequest.newBuilder().setName(name).build())
                            .getRun());
        }
    }

    @Command(name = "pause", description = "Pause a run after its current step, or before its first.")
    static final class Pause extends OnRun {
        Pause(Session session) {
            super(
                    session,
                    "run %1$s pauses; go on with: bin/thirteen run resume %1$s",
                    (services, name) -> services.training()
                            .pauseRun(PauseRunRequest.newBuilder().setName(name).build())
                            .getRun());
        }
    }

    @Command(name = "resume", description = "Resume a paused run, or try a failed one again.")
    static final class Resume extends OnRun {
        Resume(Session session) {
            super(
                    session,
                    "run %s resumes",
                    (services, name) -> services.training()
                            .resumeRun(
                                    ResumeRunRequest.newBuilder().setName(name).build())
                            .getRun());
        }
    }

    @Command(name = "cancel", description = "End a run for good; its adapters stay.")
    static final class Cancel extends OnRun {
        Cancel(Session session) {
            super(
                    session,
                    "run %s is cancelled",
                    (services, name) -> services.training()
                            .cancelRun(
                                    CancelRunRequest.newBuilder().setName(name).build())
                            .getRun());
        }
    }

    @Command(name = "watch", description = "Follow a run to its end; exit 1 unless it finishes.")
    static final class Watch implements Callable<Integer> {
        @Parameters(paramLabel = "NAME", description = "Name of the run.")
        private String name = "";

        @Option(names = "--from", paramLabel = "STEP", description = "First step to show. Default: the latest.")
        private @Nullable Long from;

        private final Session session;

        Watch(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            return session.with(services -> {
                Run run = services.training()
                        .getRun(GetRunRequest.newBuilder().setName(name).build())
                        .getRun();
                long first = from == null ? run.getState().getStep() : from;
                return new RunFollower(session, services, name, Math.max(1, first), false).follow();
            });
        }
    }
}
