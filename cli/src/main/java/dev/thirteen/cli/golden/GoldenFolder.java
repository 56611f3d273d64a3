package dev.thirteen.cli.golden;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder of golden files: models, adapters (and merged checkpoints beside them), gradients, svd, edge. Parts may be
 * missing; what is there is checked whole, and what is of no known kind fails.
 */
public final class GoldenFolder {
    private static final ObjectMapper JSON = new ObjectMapper();
    static final Set<String> NOTES = Set.of("README.md", "manifest.json");
    /** What a model folder may hold, and an adapter folder. */
    private static final Pattern MODEL_FILES = Pattern.compile(
            ".*\\.safetensors|.*\\.safetensors\\.index\\.json|(generation_)?config\\.json|expected\\.json"
                    + "|(tokenizer|chat)_cases\\.json|chat_template\\.jinja|additional_chat_templates|tokenizer.*|special_tokens_map\\.json"
                    + "|added_tokens\\.json|vocab\\.json|merges\\.txt|README\\.md|LICENSE.*|\\.gitattributes");

    private static final Pattern ADAPTER_FILES =
            Pattern.compile("adapter_config\\.json|adapter_model\\.safetensors|expected\\.json|README\\.md");

    private final Path root;
    private final GoldenReport report;

    private GoldenFolder(Path root, GoldenReport report) {
        this.root = root.toAbsolutePath().normalize();
        this.report = report;
    }

    /**
     * Result of a walk.
     *
     * @param passed cases
     * @param failed cases
     */
    public record Result(int passed, int failed) {}

    /**
     * Checks every case of a folder.
     *
     * @param lines is given one line a case
     * @throws Failure NOT_FOUND without the folder
     */
    public static Result check(Path root, Consumer<String> lines) {
        if (!Files.isDirectory(root)) throw new Failure(Failure.Kind.NOT_FOUND, "there is no folder " + root);
        GoldenReport report = new GoldenReport(lines);
        GoldenFolder folder = new GoldenFolder(root, report);
        for (Path part : list(folder.root)) report.guard(folder.name(part), () -> folder.part(part));
        return new Result(report.passed(), report.failed());
    }

    private void part(Path part) {
        String name = part.getFileName().toString();
        if (!Files.isDirectory(part)) {
            if (!NOTES.contains(name)) report.failed(name, "is of no known kind");
            return;
        }
        switch (name) {
            case "models" -> folders(part, this::model);
            case "adapters" -> folders(part, this::adapter);
            case "gradients" -> GradientCases.check(this, part);
            case "svd" -> SvdCases.check(this, part);
            case "edge" -> EdgeCases.check(this, part);
            default -> report.failed(name, "is of no known kind");
        }
    }

    private void folders(Path part, Consumer<Path> check) {
        for (Path folder : list(part)) {
            String name = name(folder);
            if (Files.isDirectory(folder)) {
                report.guard(name, () -> check.accept(folder));
            } else if (!NOTES.contains(folder.getFileName().toString())) {
                report.failed(name, "is of no known kind");
            }
        }
    }

    private void model(Path folder) {
        requireKnown(folder, MODEL_FILES);
        if (!hasExpected(folder)) return;
        report.guard(name(folder), () -> ModelCases.check(this, folder));
        TextCases.check(this, folder);
    }

    private void adapter(Path folder) {
        boolean merged = Files.exists(folder.resolve("config.json"));
        requireKnown(folder, merged ? MODEL_FILES : ADAPTER_FILES);
        if (!hasExpected(folder)) return;
        if (merged) {
            MergedCases.check(this, folder);
        } else {
            AdapterCases.check(this, folder);
        }
    }

    private void requireKnown(Path folder, Pattern known) {
        for (Path file : list(folder)) {
            boolean plain = known.matcher(file.getFileName().toString()).matches();
            if (!plain) report.failed(name(file), "is of no known kind");
        }
    }

    private boolean hasExpected(Path folder) {
        boolean there = Files.isRegularFile(folder.resolve("expected.json"));
        if (!there) report.failed(name(folder), "expected.json is missing");
        return there;
    }

    GoldenReport report() {
        return report;
    }

    /** A path that a golden file names, from the root on. */
    Path resolve(String named) {
        Path path = root.resolve(named).normalize();
        if (!path.startsWith(root)) throw new Failure(Failure.Kind.CALLER, named + " is outside the folder");
        return path;
    }

    /** What messages call a file: its path from the root on. */
    String name(Path file) {
        return root.relativize(file).toString();
    }

    /** expected.json of a model or adapter folder, which must have something under this key. */
    static JsonNode expected(Path folder, String key) {
        JsonNode expected = json(folder.resolve("expected.json"));
        if (expected.path(key).isEmpty()) throw nothing("expected.json has no " + key);
        return expected;
    }

    /** The entries under a key, of which there must be some. */
    static JsonNode some(JsonNode json, String key) {
        JsonNode entries = json.at("/" + key.replace('.', '/'));
        if (entries.isEmpty()) throw nothing("has no " + key);
        return entries;
    }

    /** A file that expects nothing would pass whatever the engine does. */
    static Failure nothing(String what) {
        return new Failure(Failure.Kind.CALLER, what + ", so that nothing would be checked");
    }

    static JsonNode json(Path file) {
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new Failure(Failure.Kind.CALLER, "is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, "cannot be read: " + e.getMessage(), e);
        }
    }

    /** Files and folders of a folder, by name. */
    static List<Path> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, folder + " cannot be read: " + e.getMessage(), e);
        }
    }
}
