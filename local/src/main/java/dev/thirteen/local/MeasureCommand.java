package dev.thirteen.local;

import dev.thirteen.cli.RunFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/system measure}: what make bench measures of the whole system. One line a figure, on standard output. */
@Command(
        name = "measure",
        description = "Measures a system of its own, for make bench.",
        mixinStandardHelpOptions = true,
        hidden = true,
        synopsisSubcommandLabel = "COMMAND")
final class MeasureCommand {
    private static final String EXAMPLE = "examples/tiny-arithmetic.yaml";

    @Option(names = "--home", hidden = true, defaultValue = "${env:THIRTEEN_HOME:-.}")
    private Path home = Path.of(".");

    /** Starts a system, works with it and ends it. */
    private void with(Map<String, String> properties, Consumer<LocalSystem> work) {
        Checkout checkout = new Checkout(home.toAbsolutePath().normalize());
        Path state = checkout.folder().resolve("measure");
        Checkout.delete(state);
        var settings = new LocalSystem.Settings(checkout.home(), state, properties);
        try (LocalSystem system = LocalSystem.start(settings, Main.TELL)) {
            work.accept(system);
        } finally {
            Checkout.delete(state);
        }
    }

    private RunFile example() {
        return RunFile.read(home.resolve(EXAMPLE));
    }

    @Command(name = "policy-sync", description = "From an optimizer step to the first token under its policy.")
    int policySync(
            @Option(names = "--replicas", defaultValue = "1", description = "Rollout processes.") int replicas,
            @Option(names = "--rounds", defaultValue = "3", description = "Runs, one after the other.") int rounds,
            @Option(names = "--steps", defaultValue = "100", description = "Steps of each.") int steps) {
        // A share of the machine for each, the trainer too, as pods have by their limits.
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / (replicas + 1));
        with(Map.of("thirteen.engine.threads", Integer.toString(threads)), system -> {
            Endpoints endpoints = system.endpoints();
            List<String> addresses = new ArrayList<>(List.of(endpoints.of(Service.ROLLOUT)));
            List<String> metrics =
                    new ArrayList<>(List.of(endpoints.http(Service.TRAINER), endpoints.http(Service.ROLLOUT)));
            while (addresses.size() < replicas) {
                LocalSystem.Pod pod = system.another(Service.ROLLOUT);
                addresses.add(pod.address());
                metrics.add("127.0.0.1:" + pod.httpPort());
            }
            try (PolicySync sync = new PolicySync(endpoints.of(Service.TRAINER), addresses, metrics)) {
                for (int round = 0; round < rounds; round++) {
                    System.out.println(
                            sync.round(example(), "policy-sync-" + round, steps).text());
                }
            }
        });
        return 0;
    }

    @Command(name = "step-overhead", description = "Share of a step that is neither sampling nor gradient.")
    int stepOverhead(
            @Option(names = "--model", required = true, description = "Folder of the base model.") Path model,
            @Option(names = "--steps", defaultValue = "3", description = "Steps to measure.") int steps) {
        Path absolute = model.toAbsolutePath().normalize();
        with(Map.of("thirteen.models.absolute-paths", "true"), system -> {
            for (StepOverhead.Figures figures :
                    new StepOverhead(system.endpoints()).steps(example(), absolute, steps)) {
                System.out.println(figures.text());
            }
        });
        return 0;
    }

    @Command(name = "runs-together", description = "Many runs at once, and one run with the same rows.")
    int runsTogether(
            @Option(names = "--runs", defaultValue = "256", description = "Runs at once.") int runs,
            @Option(names = "--steps", defaultValue = "6", description = "Steps of each.") int steps,
            @Option(names = "--rounds", defaultValue = "3", description = "Pairs, one after the other.") int rounds) {
        with(Map.of(), system -> {
            try (RunsTogether together = new RunsTogether(system.endpoints().of(Service.TRAINER), example())) {
                // The first steps after a start compile and load.
                together.round(0, Math.min(runs, 32), steps);
                for (int round = 1; round <= rounds; round++) {
                    System.out.println(together.round(round, runs, steps));
                }
            }
        });
        return 0;
    }
}
