package dev.thirteen.cli.data;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A data set as a folder laid out as Hugging Face does: README.md may name configurations and the files of their splits;
 * without that the names of files and folders tell ("test-00000-of-00001.parquet", "test/part.jsonl"). See
 * https://huggingface.co/docs/hub/datasets-manual-configuration and datasets-file-names-and-splits.
 */
public final class HubFolder {
    private static final Pattern DATA =
            Pattern.compile(".*\\.(jsonl|ndjson|json|csv|tsv|parquet)(\\.gz)?", Pattern.CASE_INSENSITIVE);
    /** Words for a split in names of files and folders. */
    private static final Map<String, List<String>> WORDS = Map.of(
            "train", List.of("train", "training"),
            "validation", List.of("validation", "valid", "val", "dev"),
            "test", List.of("test", "testing", "eval", "evaluation"));

    private final Path folder;
    private final List<Path> files; // relative, sorted

    private HubFolder(Path folder, List<Path> files) {
        this.folder = folder;
        this.files = files;
    }

    /**
     * The files of a split, in the order of their names.
     *
     * @param configuration empty for the only one, or the one that is the default
     * @param split empty for the only one
     * @throws Failure CALLER that says which there are
     */
    public static List<Path> files(Path folder, String configuration, String split) {
        HubFolder hub = new HubFolder(folder, list(folder));
        if (hub.files.isEmpty()) {
            throw hub.refusal("holds no data file (.jsonl, .json, .csv, .tsv or .parquet, or these with .gz)");
        }
        Map<String, List<Path>> splits = hub.splits(configuration);
        String wanted = split.isEmpty() && splits.size() == 1
                ? splits.keySet().iterator().next()
                : normal(split);
        List<Path> found = splits.get(wanted);
        if (found == null) {
            String which = split.isEmpty() ? "has several splits" : "has no split '" + split + "'";
            throw hub.refusal(which + ": say one of " + String.join(", ", splits.keySet()));
        }
        if (found.isEmpty()) throw hub.refusal("its README.md names no file of split '" + split + "' that is here");
        return found.stream().map(folder::resolve).toList();
    }

    private Map<String, List<Path>> splits(String configuration) {
        Map<String, Object> configurations = configurations();
        if (!configurations.isEmpty()) return declared(chosen(configurations, configuration));
        if (configuration.isEmpty()) return byName(files);
        Path below = Path.of(configuration);
        List<Path> own = files.stream().filter(file -> file.startsWith(below)).toList();
        if (own.isEmpty()) throw refusal("has neither a configuration nor a folder '" + configuration + "'");
        return byName(own);
    }

    private Object chosen(Map<String, Object> configurations, String wanted) {
        String name = wanted;
        if (name.isEmpty() && configurations.containsKey("default")) name = "default";
        if (name.isEmpty() && configurations.size() == 1)
            name = configurations.keySet().iterator().next();
        Object files = configurations.get(name);
        if (files != null) return files;
        String which = wanted.isEmpty() ? "has several configurations" : "has no configuration '" + wanted + "'";
        throw refusal(which + ": say one of " + String.join(", ", configurations.keySet()));
    }

    /** data_files by config_name; the one that says so is also "default". */
    private Map<String, Object> configurations() {
        Map<String, Object> found = new LinkedHashMap<>();
        if (!(frontMatter() instanceof Map<?, ?> top) || !(top.get("configs") instanceof List<?> list)) return found;
        for (Object entry : list) {
            if (!(entry instanceof Map<?, ?> map) || map.get("data_files") == null) continue;
            found.put(String.valueOf(map.get("config_name")), map.get("data_files"));
            if (Boolean.TRUE.equals(map.get("default"))) found.put("default", map.get("data_files"));
        }
        return found;
    }

    private Object frontMatter() {
        Path card = folder.resolve("README.md");
        if (!Files.isRegularFile(card)) return Map.of();
        try {
            String text = Files.readString(card).replace("\r\n", "\n");
            int end = text.indexOf("\n---", 3);
            if (!text.startsWith("---\n") || end < 0) return Map.of();
            return new Yaml(new SafeConstructor(new LoaderOptions())).load(text.substring(4, end + 1));
        } catch (IOException | YAMLException e) {
            throw new Failure(Failure.Kind.CALLER, card + ": its head cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private Map<String, List<Path>> declared(Object dataFiles) {
        Map<String, List<Path>> splits = new LinkedHashMap<>();
        if (dataFiles instanceof List<?> list && list.stream().allMatch(Map.class::isInstance)) {
            for (Object entry : list) {
                Map<?, ?> map = (Map<?, ?>) entry;
                splits.put(normal(String.valueOf(map.get("split"))), matching(map.get("path")));
            }
        } else {
            splits.put("train", matching(dataFiles));
        }
        return splits;
    }

    private List<Path> matching(@Nullable Object patterns) {
        List<?> all = patterns instanceof List<?> list ? list : List.of(String.valueOf(patterns));
        Set<Path> found = new LinkedHashSet<>();
        for (Object pattern : all) {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
            files.stream().filter(matcher::matches).forEach(found::add);
        }
        return List.copyOf(found);
    }

    private static Map<String, List<Path>> byName(List<Path> files) {
        Map<String, List<Path>> splits = new TreeMap<>();
        for (Path file : files) {
            for (String split : WORDS.keySet()) {
                if (named(file, split))
                    splits.computeIfAbsent(split, _ -> new ArrayList<>()).add(file);
            }
        }
        return splits.isEmpty() ? Map.of("train", files) : splits;
    }

    /** Whether one of the split's words stands in the name, with no letter or digit beside it. */
    private static boolean named(Path file, String split) {
        String text = file.toString().toLowerCase(Locale.ROOT);
        return WORDS.getOrDefault(split, List.of()).stream()
                .anyMatch(word -> Pattern.compile("(?<![a-z0-9])" + word + "(?![a-z0-9])")
                        .matcher(text)
                        .find());
    }

    /** The split's own name: "dev" is "validation". */
    private static String normal(String split) {
        return WORDS.entrySet().stream()
                .filter(entry -> entry.getValue().contains(split))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(split);
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(folder::relativize)
                    .filter(file -> DATA.matcher(file.getFileName().toString()).matches())
                    .filter(file -> !file.toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, folder + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private Failure refusal(String what) {
        return new Failure(Failure.Kind.CALLER, folder + ": " + what);
    }
}
