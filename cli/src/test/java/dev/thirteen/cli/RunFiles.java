package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Run files of tests, and what is said of bad ones. */
record RunFiles(Path folder) {
    /** One that says no more than it must. */
    static final String GOOD = """
            name: tiny
            base-model: some-model
            data-set: {generator: arithmetic, split: rl}
            prompt: {user: "{question}"}
            reward: {scorer: exact, extraction: hash}
            optimizer: {learning-rate: 1e-2}
            steps: 3
            """;

    /** Writes the text as run.yaml and reads it. */
    RunFile read(String text) {
        return RunFile.read(write("run.yaml", text));
    }

    Path write(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is said of a bad run file. */
    String refusal(String text) {
        return refusal(() -> read(text));
    }

    /** What is said of a bad file that is read so, without the folder's name. */
    String refusal(ThrowingCallable reading) {
        Failure failure = catchThrowableOfType(Failure.class, reading);
        assertThat(failure).as("the file was taken").isNotNull();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER);
        return failure.getMessage().replace(folder + "/", "");
    }
}
