package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code thirteen first-token}: how long a committed step takes until clients hear from it. */
@Command(
        name = "first-token",
        description = "Follow a run, and measure from each step's commit to its first token under RUN@latest.",
        footerHeading = "%nExamples:%n",
        footer = "  bin/thirteen first-token --run tiny-arithmetic --steps 20")
final class FirstTokenCommand implements Callable<Integer> {
    private static final int MAX_STEPS = 100_000;

    @Option(names = "--run", required = true, paramLabel = "NAME", description = "A run that goes on.")
    private String run = "";

    @Option(names = "--steps", defaultValue = "20", paramLabel = "N", description = "Steps to measure. Default: 20.")
    private int steps;

    private final Session session;
    private final InstantSource clock = InstantSource.system();

    FirstTokenCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (steps < 1 || steps > MAX_STEPS) {
            throw new Failure(Failure.Kind.CALLER, "--steps: " + steps + " is not within 1 and " + MAX_STEPS);
        }
        return session.with(services -> {
            List<Double> millis = measured(services);
            if (millis.isEmpty())
                throw new Failure(Failure.Kind.CONFLICT, "run '" + run + "' committed no step meanwhile");
            Collections.sort(millis);
            session.output()
                    .line(String.format(
                            Locale.ROOT,
                            "commit to first token: %d steps, p50 %.0f ms, p99 %.0f ms",
                            millis.size(),
                            FirstToken.quantile(millis, 0.5),
                            FirstToken.quantile(millis, 0.99)));
            return CallFailure.OK;
        });
    }

    private List<Double> measured(Services services) {
        FirstToken first = new FirstToken(services::generation, run, clock);
        List<Double> millis = new ArrayList<>();
        // Steps of the past are told at once, and are none to be measured.
        Instant begun = clock.instant();
        Iterator<WatchRunResponse> news = services.training()
                .watchRun(WatchRunRequest.newBuilder().setName(run).build());
        while (millis.size() < steps && news.hasNext()) {
            WatchRunResponse change = news.next();
            if (!change.hasStep()) continue;
            StepRecord step = change.getStep();
            if (!FirstToken.committed(step).isBefore(begun)) millis.add(first.millisAfter(step));
        }
        return millis;
    }
}
