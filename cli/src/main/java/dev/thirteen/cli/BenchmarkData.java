package dev.thirteen.cli;

import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** Finds and reads the file of a benchmark. */
final class BenchmarkData {
    private BenchmarkData() {}

    /**
     * The file or folder.
     *
     * @throws Failure CALLER that says where it was looked for, and what to do
     */
    static Path file(Session session, DataLocation location, Benchmark benchmark) {
        String name = benchmark.data().file();
        return location.find(session, benchmark.yaml(), name).orElseThrow(() -> {
            String folders = location.folders(session, benchmark.yaml()).stream()
                    .map(folder -> folder.toAbsolutePath().normalize().toString())
                    .collect(Collectors.joining(", "));
            String sample = benchmark.data().sample().isEmpty()
                    ? ""
                    : ", or say --sample for the few problems that the project ships";
            return new Failure(
                    Failure.Kind.CALLER,
                    benchmark.yaml() + ": data-set.file: there is no '" + name + "' in " + folders
                            + " (fetch it from the benchmark's source, and say where with --data-folder" + sample
                            + ")");
        });
    }

    /** The sample that the project ships. @throws Failure CALLER when there is none */
    static Path sample(Benchmark benchmark) {
        Path file = benchmark.yaml().resolveSibling(benchmark.data().sample());
        if (!benchmark.data().sample().isEmpty() && Files.isRegularFile(file)) return file;
        throw new Failure(
                Failure.Kind.CALLER,
                "--sample: the licence of " + benchmark.name() + " does not let the project ship one");
    }

    /** The problems as a blob; those of a whole benchmark must be as many as it has. */
    static DataSetBlob blob(Session session, DataLocation location, Benchmark benchmark, boolean sample) {
        Path file = sample ? sample(benchmark) : file(session, location, benchmark);
        DataSetBlob blob =
                ProblemFile.read(location.files(file), benchmark.data().fields(), Scorer.named(benchmark.scorer()));
        int expected = benchmark.data().problems();
        if (sample || expected == 0 || expected == blob.problems()) return blob;
        throw new Failure(
                Failure.Kind.CALLER,
                file + ": holds " + blob.problems() + " problems; " + benchmark.yaml() + " says that there are "
                        + expected);
    }
}
