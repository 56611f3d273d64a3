package dev.thirteen.verifier.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.time.Duration;

/** Programs and their ends as JSON, between a service and its sandbox. */
final class SandboxWire {
    static final String PATH = "/run";
    /** Of a request or an answer. */
    static final int MOST_BYTES = 4 * 1024 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper();

    private SandboxWire() {}

    static byte[] bytes(Program program) throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.put("source", program.source()).put("tests", program.tests());
        node.put("limit_ms", program.limit().toMillis()).put("memory_mib", program.memoryMebibytes());
        return JSON.writeValueAsBytes(node);
    }

    /** @throws Failure CALLER for what is no program */
    static Program program(byte[] bytes) throws IOException {
        JsonNode node = JSON.readTree(bytes);
        long millis = node.path("limit_ms").asLong();
        int memory = node.path("memory_mib").asInt();
        boolean whole = node.path("source").isTextual() && node.path("tests").isTextual();
        if (!whole || millis < 1 || millis > 60_000 || memory < 64 || memory > 4_096) {
            throw new Failure(
                    Failure.Kind.CALLER, "a program has source, tests, limit_ms to 60000, memory_mib 64 to 4096");
        }
        return new Program(
                node.get("source").textValue(), node.get("tests").textValue(), Duration.ofMillis(millis), memory);
    }

    static byte[] bytes(ProgramEnd end) throws IOException {
        ObjectNode node = JSON.createObjectNode();
        switch (end) {
            case ProgramEnd.Passed() -> node.put("end", "passed");
            case ProgramEnd.TimedOut() -> node.put("end", "timed-out");
            case ProgramEnd.Failed(String reason) -> node.put("end", "failed").put("reason", reason);
        }
        return JSON.writeValueAsBytes(node);
    }

    /** @throws Failure OUTSIDE for what is no end of a program */
    static ProgramEnd end(byte[] bytes) throws IOException {
        JsonNode node = JSON.readTree(bytes);
        return switch (node.path("end").asText()) {
            case "passed" -> new ProgramEnd.Passed();
            case "timed-out" -> new ProgramEnd.TimedOut();
            case "failed" -> new ProgramEnd.Failed(node.path("reason").asText());
            default -> throw new Failure(Failure.Kind.OUTSIDE, "the sandbox gave no end of the program");
        };
    }
}
