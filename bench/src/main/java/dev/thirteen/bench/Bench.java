package dev.thirteen.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code make bench}: every measure one after the other, each in a process of its own; then docs/benchmarks.md. */
public final class Bench {
    private static final String DJL_LIBTORCH = "2.7.1";

    private final Path home;
    private final String python;
    private final Optional<String> gpu = Machine.gpu();
    /** Why peers cannot run here. */
    private final Map<Needs, Optional<String>> missing = new EnumMap<>(Needs.class);

    private final List<String> notes = new ArrayList<>();
    private boolean failed;

    private Bench(Path home, String python) {
        this.home = home;
        this.python = python;
    }

    /** home, python, and names with commas between them where not all shall run */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        String only = arguments.length > 2 ? arguments[2] : "";
        Set<String> names = Arrays.stream(only.split(",", -1))
                .filter(name -> !name.isBlank())
                .collect(Collectors.toSet());
        List<String> known = Measure.all().stream().map(Measure::name).toList();
        if (!known.containsAll(names)) {
            Progress.say("ONLY names what there is none of; there are " + String.join(", ", known));
            System.exit(2);
        }
        Bench bench = new Bench(Path.of(arguments[0]).toAbsolutePath(), arguments[1]);
        String command = only.isEmpty() ? "make bench" : "make bench ONLY=" + only;
        for (String section : List.of("cpu", "verifier", "gpu")) {
            bench.section(section, command, measures(names, section));
        }
        System.exit(bench.failed ? 1 : 0);
    }

    private static List<Measure> measures(Set<String> names, String section) {
        return Measure.all().stream()
                .filter(measure -> measure.section().equals(section))
                .filter(measure -> names.isEmpty() || names.contains(measure.name()))
                .toList();
    }

    /** A section in which nothing was measured stays as it is. */
    private void section(String name, String command, List<Measure> measures) {
        List<String> lines = new ArrayList<>();
        notes.clear();
        for (Measure measure : measures) lines.addAll(run(measure));
        // What did not run keeps the figures that it has.
        lines.removeIf(line -> line.contains(" skipped "));
        if (lines.isEmpty()) return;
        String given = System.getenv("PYTORCH_VERSION");
        String engine = "libtorch " + (given == null ? DJL_LIBTORCH : given);
        String date = LocalDate.now(ZoneOffset.UTC).toString();
        Report.Facts facts = new Report.Facts(command, Machine.describe(), engine, Machine.peers(python), date);
        new Report(home.resolve("docs/benchmarks.md")).put(name, facts, lines, notes);
    }

    private List<String> run(Measure measure) {
        Optional<String> reason = measure.onGpu() && gpu.isEmpty()
                ? Optional.of("no GPU")
                : missing.computeIfAbsent(measure.needs(), needs -> needs.missing(python));
        if (reason.isPresent()) {
            String line = Line.skipped(measure.name(), reason.get());
            System.out.println(line);
            return List.of(line);
        }
        Progress.say(measure.name());
        try {
            return output(measure);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(measure.name() + " does not run", e);
        }
    }

    private List<String> output(Measure measure) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command(measure))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(MeasureProcess.NOTE)) notes.add(line.substring(MeasureProcess.NOTE.length()));
                if (!line.startsWith(MeasureProcess.LINE)) continue;
                lines.add(line);
                System.out.println(line);
            }
        }
        int status = process.waitFor();
        failed |= status != 0;
        if (lines.isEmpty()) {
            lines.add(Line.skipped(measure.name(), "ended with status " + status));
            System.out.println(lines.getFirst());
        }
        return lines;
    }

    private List<String> command(Measure measure) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        if (!measure.onGpu()) command.add("-Dthirteen.engine.device=cpu");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MeasureProcess.class.getName()));
        command.addAll(List.of(measure.name(), home.toString(), python));
        return command;
    }
}
