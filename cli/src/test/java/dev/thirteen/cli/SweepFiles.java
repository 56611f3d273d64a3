package dev.thirteen.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Sweep files of tests, beside a run file of three steps. */
record SweepFiles(Path folder) {
    private static final String RUN = """
            name: base
            base-model: tiny
            data-set: {generator: arithmetic, split: rl}
            prompt: {user: "{question}"}
            reward: {extraction: hash, scorer: exact}
            adapter: {rank: 2, u: 13}
            optimizer: {learning-rate: 0.01}
            steps: 3
            seed: 1
            evaluation:
              data-set: {generator: arithmetic, split: test}
              problems: 64
            """;

    /** Writes the text as a sweep file and reads it. */
    SweepFile read(String text) {
        return SweepFile.read(write(text));
    }

    Path write(String text) {
        try {
            Files.writeString(folder.resolve("run.yaml"), RUN);
            return Files.writeString(folder.resolve("sweep.yaml"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
