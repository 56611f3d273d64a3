package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationRequest;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code thirteen check-system}: uses every service once, the way clients do. */
@Command(
        name = "check-system",
        description = "Try a running system: a run of one step, generation with its adapter by value and by name, an"
                + " evaluation. Exit 1 when one of them fails.",
        footerHeading = "%nExamples:%n",
        footer = "  bin/thirteen check-system -f examples/tiny-arithmetic.yaml")
final class CheckSystemCommand implements Callable<Integer> {
    private static final int PROBLEMS = 16;
    private static final long DEADLINE_SECONDS = 300;

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "Run file whose model, problems and adapter are tried.")
    private Path file = Path.of("");

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name of the run that is made; it stays. Default: check- and the time.")
    private String name = "check-" + Long.toString(System.currentTimeMillis(), 36);

    private final Session session;

    CheckSystemCommand(Session session) {
        this.session = session;
    }

    /** One thing to try. */
    @FunctionalInterface
    private interface Trial {
        /** What was seen, in a few words; throws when it failed. */
        String run();
    }

    @Override
    public Integer call() {
        RunFile runFile = RunFile.read(file);
        RunSpec spec = runFile.spec().toBuilder().setName(name).setSteps(1).build();
        return session.with(services -> {
            boolean trained = passed("training", () -> train(services, runFile.withSpec(spec)));
            if (!trained) return CallFailure.FAILED;
            boolean byValue = passed("generation-by-value", () -> generateByValue(services, spec));
            boolean byName = passed(
                    "generation-by-name",
                    () -> generate(
                            services, Policy.newBuilder().setName(name + "@1").build()));
            boolean evaluated = passed("evaluation", () -> evaluate(services, spec));
            return byValue && byName && evaluated ? CallFailure.OK : CallFailure.FAILED;
        });
    }

    private boolean passed(String what, Trial trial) {
        long began = System.nanoTime();
        try {
            String seen = trial.run();
            double seconds = Duration.ofNanos(System.nanoTime() - began).toMillis() / 1e3;
            session.output().line(String.format(Locale.ROOT, "ok    %-20s %5.1f s  %s", what, seconds, seen));
            return true;
        } catch (StatusRuntimeException | Failure e) {
            session.output().line("FAIL  %-20s %s".formatted(what, CallFailure.sentence(e)));
            return false;
        }
    }

    private String train(Services services, RunFile runFile) {
        new RunSubmission(services.trainer(), session.output()::note).create(runFile);
        Iterator<WatchRunResponse> updates = services.training()
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .watchRun(WatchRunRequest.newBuilder().setName(name).build());
        RunState last = RunState.getDefaultInstance();
        while (updates.hasNext() && last.getPhase() != RunPhase.RUN_PHASE_PAUSED) {
            last = updates.next().getRun().getState();
        }
        if (last.getPhase() != RunPhase.RUN_PHASE_FINISHED || last.getStep() != 1) {
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "run %s is %s after step %d %s"
                            .formatted(name, RunProgress.words(last.getPhase()), last.getStep(), last.getReason()));
        }
        return "run " + name + ", 1 step";
    }

    private String generateByValue(Services services, RunSpec spec) {
        NamedAdapter adapter = services.adapters()
                .getAdapter(
                        GetAdapterRequest.newBuilder().setRun(name).setStep(1).build())
                .getAdapter();
        return generate(
                services,
                Policy.newBuilder()
                        .setBaseModel(spec.getBaseModel())
                        .setValue(adapter.getAdapter())
                        .build());
    }

    private static String generate(Services services, Policy policy) {
        List<Completion> completions = services.generation()
                .generate(GenerateRequest.newBuilder()
                        .setPolicy(policy)
                        .setPrompt(Prompt.newBuilder().setText("7*3-4+2?"))
                        .setSampling(Sampling.newBuilder().setMaxTokens(32))
                        .setSamples(1)
                        .build())
                .getCompletionsList();
        if (completions.size() != 1 || completions.getFirst().getTokenIdsCount() == 0) {
            throw new Failure(Failure.Kind.OUTSIDE, "no completion came back");
        }
        return completions.getFirst().getTokenIdsCount() + " tokens";
    }

    private String evaluate(Services services, RunSpec spec) {
        EvaluationSpec evaluation = EvaluationSpec.newBuilder()
                .setBaseModel(spec.getBaseModel())
                .addAdapters(name + "@1")
                .setDataSet(spec.hasEvaluation() ? spec.getEvaluation().getDataSet() : spec.getDataSet())
                .setPrompt(spec.getPrompt())
                .setReward(spec.getReward())
                .addDecodings(
                        Sampling.newBuilder().setMaxTokens(spec.getSampling().getMaxTokens()))
                .setProblems(PROBLEMS)
                .build();
        String id = services.evaluation()
                .startEvaluation(
                        StartEvaluationRequest.newBuilder().setSpec(evaluation).build())
                .getEvaluation()
                .getId();
        Evaluation last = Evaluation.getDefaultInstance();
        var updates = services.evaluation()
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .watchEvaluation(WatchEvaluationRequest.newBuilder().setId(id).build());
        while (updates.hasNext()) last = updates.next().getEvaluation();
        if (last.getPhase() != EvaluationPhase.EVALUATION_PHASE_FINISHED) {
            throw new Failure(Failure.Kind.OUTSIDE, "evaluation " + id + " failed: " + last.getReason());
        }
        return last.getAnswersDone() + " answers";
    }
}
