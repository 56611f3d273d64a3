package dev.thirteen.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Measures of the whole system: the broker and the services as processes of this machine, by {@code bin/system measure}. */
final class SystemMeasures {
    private static final double SYNC_BOUND_SECONDS = 0.05;
    private static final double OVERHEAD_BOUND = 0.03;

    private SystemMeasures() {}

    /** Seconds from an optimizer step to the first token under its policy, 99 of 100 of them, against 50 ms. */
    static List<Line> policySync(String name, Place place) {
        List<Line> lines = new ArrayList<>();
        for (int replicas : new int[] {1, 8}) {
            List<String> found = measured(place, "policy-sync", "--replicas", Integer.toString(replicas));
            Line p99 = Line.against(name + "-" + replicas, Unit.SECONDS, seconds(found, "p99-ms"), SYNC_BOUND_SECONDS);
            lines.add(p99);
            lines.add(Line.against(
                    name + "-" + replicas + "-p50", Unit.SECONDS, seconds(found, "p50-ms"), SYNC_BOUND_SECONDS));
            place.note(String.format(
                    Locale.ROOT,
                    "%d rollout processes on this machine: %.0f bytes a policy version; %.0f samples a round; from the first"
                            + " version to the last of all rounds %.0f calls for a token and %.0f others, of trainer and"
                            + " rollout processes together",
                    replicas,
                    figures(found, "bytes")[0],
                    figures(found, "samples")[0],
                    sum(found, "token-calls"),
                    sum(found, "other-calls")));
        }
        lines.addFirst(lines.get(2).named(name));
        return lines;
    }

    /** Share of a step that is neither sampling nor gradient, against 3 %. */
    static List<Line> stepOverhead(String name, Place place) {
        String model = place.model(Shapes.QWEN_0_5B).toString();
        List<String> found = measured(place, "step-overhead", "--model", model);
        for (String line : found) place.note(line);
        return List.of(Line.against(name, Unit.SHARE, figures(found, "share"), OVERHEAD_BOUND));
    }

    /** Tokens a second of 256 runs at once through broker and services, against one run that has the same rows. */
    static List<Line> runsTogether(String name, Place place) {
        List<String> found = measured(place, "runs-together");
        for (String line : found) place.note(line);
        return List.of(Line.of(name, Unit.TOKENS, figures(found, "together"), figures(found, "alone")));
    }

    private static double[] seconds(List<String> lines, String key) {
        return Arrays.stream(figures(lines, key)).map(millis -> millis / 1000).toArray();
    }

    private static double sum(List<String> lines, String key) {
        return Arrays.stream(figures(lines, key)).sum();
    }

    /** The numbers behind a word, one a line. */
    private static double[] figures(List<String> lines, String key) {
        return lines.stream()
                .mapToDouble(line -> {
                    List<String> words = List.of(line.split(" ", -1));
                    return Double.parseDouble(words.get(words.indexOf(key) + 1));
                })
                .toArray();
    }

    private static List<String> measured(Place place, String what, String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp"));
        Path target = place.home().toAbsolutePath().resolve("local/target");
        command.add(target.resolve("local-0.1.0-SNAPSHOT.jar") + ":" + target.resolve("lib") + "/*");
        command.addAll(List.of(
                "dev.thirteen.local.Main", "measure", "--home", place.home().toString(), what));
        command.addAll(List.of(options));
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment()
                    .put("THIRTEEN_HOME", place.home().toAbsolutePath().toString());
            Process process = builder.start();
            List<String> lines = new ArrayList<>();
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    Progress.say(line);
                    if (line.startsWith(what + " ")) lines.add(line);
                }
            }
            int status = process.waitFor();
            if (status != 0 || lines.isEmpty()) throw new IllegalStateException(what + " ended with status " + status);
            return lines;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(what + " does not run", e);
        }
    }
}
