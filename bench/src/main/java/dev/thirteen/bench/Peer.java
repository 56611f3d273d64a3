package dev.thirteen.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Another program in a process of its own. Once warm it prints {@code {"ready": "what it runs"}}; for each line on its
 * input it does one round and prints {@code {"value": figure}}, or {@code {"error": "why"}}. Between, it waits.
 */
final class Peer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter orders;
    private final Path log;
    private final String about;

    private Peer(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.orders = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        this.about = answer("ready").asText();
    }

    static Peer start(List<String> command, Path log) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.redirectError(ProcessBuilder.Redirect.to(log.toFile()));
            return new Peer(builder.start(), log);
        } catch (IOException e) {
            throw new UncheckedIOException("the peer does not start", e);
        }
    }

    /** What it runs, in words. */
    String about() {
        return about;
    }

    double round(int number) {
        try {
            orders.write(number + "\n");
            orders.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the peer has gone; " + log + " may say why", e);
        }
        return answer("value").asDouble();
    }

    long cpuNanos() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    /** The first line that is an answer: libraries print what they like. */
    private JsonNode answer(String field) {
        try {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (!line.startsWith("{")) continue;
                JsonNode answer = JSON.readTree(line);
                if (answer.has("error"))
                    throw new IllegalStateException(
                            "the peer: " + answer.get("error").asText());
                if (answer.has(field)) return answer.get(field);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the peer's answer cannot be read", e);
        }
        throw new IllegalStateException("the peer ended without an answer; " + log + " may say why");
    }

    @Override
    public void close() {
        try {
            orders.close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly();
        } catch (IOException | InterruptedException e) {
            process.destroyForcibly();
        }
    }
}
