package dev.thirteen.trainer;

import dev.thirteen.core.run.RunMachine;
import dev.thirteen.core.run.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** How runs stand, for alerts. Which run it is, the command line tells: a time series a run would be one too many. */
@Singleton
class RunMeters {
    void register(@Observes StartupEvent event, TrainerConfig config, MeterRegistry registry, RunIndex index) {
        if (config.role() == TrainerConfig.Role.TRAINER) register(registry, index, InstantSource.system());
    }

    static void register(MeterRegistry registry, RunIndex index, InstantSource clock) {
        for (RunPhase phase : RunPhase.values()) {
            Gauge.builder("rl.runs", index, runs -> count(runs, run -> isIn(run, phase)))
                    .description("Runs by phase")
                    .tag("phase", phase.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        Gauge.builder("rl.runs.paused.by.problem", index, runs -> count(runs, RunMeters::isPausedByProblem))
                .description("Runs that nobody asked to pause")
                .register(registry);
        Gauge.builder("rl.runs.longest.wait", index, runs -> longestWait(runs, clock.instant()))
                .description("Since the last record of the running run whose last record is oldest; 0 where none runs")
                .baseUnit("seconds")
                .register(registry);
    }

    private static double count(RunIndex index, Predicate<RunState> which) {
        return index.states().stream().filter(which).count();
    }

    private static boolean isIn(RunState run, RunPhase phase) {
        return RunWire.phase(run.getPhase()) == phase;
    }

    private static boolean isPausedByProblem(RunState run) {
        return isIn(run, RunPhase.PAUSED) && !run.getReason().equals(RunMachine.BY_REQUEST);
    }

    private static double longestWait(RunIndex index, Instant now) {
        Stream<RunState> running = index.states().stream().filter(run -> isIn(run, RunPhase.RUNNING));
        return running.mapToDouble(run -> seconds(written(run), now)).max().orElse(0);
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e9;
    }

    private static Instant written(RunState run) {
        return Instant.EPOCH.plusNanos(run.getUpdatedUnixNano());
    }
}
