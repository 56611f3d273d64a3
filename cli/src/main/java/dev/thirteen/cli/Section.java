package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * One map of a YAML file, read strictly: each getter knows one key and notes what is wrong with its value; {@link #end}
 * notes the keys that nobody asked for. A getter of a key that is absent or wrong returns the fallback.
 */
final class Section {
    private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9][0-9_]*");
    private static final Pattern NUMBER = Pattern.compile("[-+]?([0-9][0-9_]*\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?");
    private static final Pattern DURATION = Pattern.compile("([0-9]+)(ms|s|m|h)");

    private record Entry(int line, Node value) {}

    private final SourceFile source;
    private final String path;
    private final int line;
    private final boolean present;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> known = new LinkedHashSet<>();

    private Section(SourceFile source, String path, int line, boolean present) {
        this.source = source;
        this.path = path;
        this.line = line;
        this.present = present;
    }

    static Section of(SourceFile source, String path, MappingNode map) {
        Section section = new Section(source, path, lineOf(map), true);
        for (NodeTuple tuple : map.getValue()) section.add(tuple);
        return section;
    }

    private void add(NodeTuple tuple) {
        int keyLine = lineOf(tuple.getKeyNode());
        if (!(tuple.getKeyNode() instanceof ScalarNode scalar)) {
            source.problem(keyLine, path.isEmpty() ? "top level" : path, "a key must be plain text");
            return;
        }
        String key = scalar.getValue();
        Entry earlier = entries.putIfAbsent(key, new Entry(keyLine, tuple.getValueNode()));
        if (earlier != null) {
            source.problem(keyLine, pathOf(key), "stands twice (first in line " + earlier.line + ")");
        } else {
            source.mark(pathOf(key), keyLine);
        }
    }

    /** Whether the file has this section at all. */
    boolean present() {
        return present;
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    /** Whether a list stands under the key. */
    boolean isList(String key) {
        Entry entry = entries.get(key);
        return entry != null && entry.value instanceof SequenceNode;
    }

    String pathOf(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** Line of a key, or of the section where the key is absent. */
    int lineOf(String key) {
        Entry entry = entries.get(key);
        return entry == null ? line : entry.line;
    }

    /** Notes each key that must stand here and does not. */
    Section require(String... keys) {
        if (!present) return this;
        for (String key : keys) {
            if (!has(key)) source.problem(line, pathOf(key), "is missing");
        }
        return this;
    }

    /** Problems of the file so far. */
    int problems() {
        return source.problemCount();
    }

    void problem(String key, String text) {
        source.problem(lineOf(key), pathOf(key), text);
    }

    /** The section under a key; an absent one, which has no keys and lacks none, where the key is absent or no map. */
    Section section(String key) {
        Optional<Node> node = take(key);
        if (node.isPresent()) {
            if (node.get() instanceof MappingNode map) return of(source, pathOf(key), map);
            wrong(key, node.get(), "a map of keys");
        }
        return new Section(source, pathOf(key), lineOf(key), false);
    }

    String text(String key, String fallback) {
        Optional<Node> node = take(key);
        if (node.isEmpty()) return fallback;
        if (node.get() instanceof ScalarNode scalar && scalar.getTag().equals(Tag.STR)) return scalar.getValue();
        wrong(key, node.get(), node.get() instanceof ScalarNode ? "text; write it in quotes" : "text");
        return fallback;
    }

    /** A list of texts. */
    List<String> texts(String key) {
        Optional<Node> node = take(key);
        if (node.isEmpty()) return List.of();
        List<String> texts = new ArrayList<>();
        if (node.get() instanceof SequenceNode list) {
            for (Node element : list.getValue()) {
                if (element instanceof ScalarNode scalar && scalar.getTag().equals(Tag.STR))
                    texts.add(scalar.getValue());
            }
            if (texts.size() == list.getValue().size()) return texts;
        }
        wrong(key, node.get(), "a list of texts");
        return List.of();
    }

    /** A list of maps. */
    List<Section> sections(String key) {
        Optional<Node> node = take(key);
        if (node.isEmpty()) return List.of();
        List<Section> sections = new ArrayList<>();
        if (node.get() instanceof SequenceNode list) {
            for (Node element : list.getValue()) {
                if (element instanceof MappingNode map)
                    sections.add(of(source, pathOf(key) + "." + sections.size(), map));
            }
            if (sections.size() == list.getValue().size()) return sections;
        }
        wrong(key, node.get(), "a list of maps");
        return List.of();
    }

    /** All keys with what stands under them, whatever they are. */
    Map<String, Node> all() {
        Map<String, Node> all = new LinkedHashMap<>();
        for (String key : entries.keySet()) take(key).ifPresent(node -> all.put(key, node));
        return all;
    }

    long whole(String key, long fallback) {
        return whole(key, Long.MIN_VALUE, Long.MAX_VALUE, fallback);
    }

    int count(String key, int fallback) {
        return (int) whole(key, 0, Integer.MAX_VALUE, fallback);
    }

    /** A count that cannot be 0. */
    int positive(String key, int fallback) {
        return positive(key, Integer.MAX_VALUE, fallback);
    }

    int positive(String key, int most, int fallback) {
        return (int) whole(key, 1, most, fallback);
    }

    private long whole(String key, long least, long most, long fallback) {
        Optional<Node> node = take(key);
        if (node.isEmpty()) return fallback;
        Optional<BigInteger> value =
                plain(node.get()).filter(WHOLE.asMatchPredicate()).map(text -> new BigInteger(text.replace("_", "")));
        if (value.isEmpty()) {
            wrong(key, node.get(), "a whole number");
            return fallback;
        }
        boolean fits = value.get().compareTo(BigInteger.valueOf(least)) >= 0
                && value.get().compareTo(BigInteger.valueOf(most)) <= 0;
        if (fits) return value.get().longValue();
        wrong(key, node.get(), "a whole number from " + least + " to " + most);
        return fallback;
    }

    double number(String key, double fallback) {
        Optional<Node> node = take(key);
        if (node.isEmpty()) return fallback;
        Optional<Double> value = plain(node.get())
                .filter(NUMBER.asMatchPredicate())
                .map(text -> Double.parseDouble(text.replace("_", "")))
                .filter(Double::isFinite);
        if (value.isEmpty()) wrong(key, node.get(), "a number");
        return value.orElse(fallback);
    }

    boolean flag(String key, boolean fallback) {
        Optional<Node> node = take(key);
        if (node.isEmpty()) return fallback;
        String value = plain(node.get()).orElse("");
        if (value.equals("true") || value.equals("false")) return value.equals("true");
        wrong(key, node.get(), "true or false");
        return fallback;
    }

    /** A length of time such as 90s, 2m, 500ms or 1h. */
    Duration duration(String key, Duration fallback) {
        Optional<Node> node = take(key);
        if (node.isEmpty()) return fallback;
        Matcher matcher = DURATION.matcher(plain(node.get()).orElse(""));
        if (!matcher.matches() || matcher.group(1).length() > 9) {
            wrong(key, node.get(), "a duration such as 500ms, 90s, 2m or 1h");
            return fallback;
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    /** One of a few words, in quotes or not. */
    <T> T choice(String key, Map<String, T> allowed, T fallback) {
        Optional<Node> node = take(key);
        if (node.isEmpty()) return fallback;
        Optional<T> value = word(node.get()).map(allowed::get);
        String words = String.join(", ", new TreeSet<>(allowed.keySet()));
        if (value.isEmpty()) wrong(key, node.get(), allowed.size() == 1 ? words : "one of " + words);
        return value.orElse(fallback);
    }

    /** What comes of a key's value; empty where it is refused, which is noted. */
    <T> Optional<T> made(String key, Supplier<T> maker) {
        try {
            return Optional.of(maker.get());
        } catch (Failure e) {
            problem(key, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** Notes a key that can have no effect here, if it stands here. */
    void idle(String key, String why) {
        if (has(key)) source.idle(lineOf(key), pathOf(key), "has no meaning " + why + ": drop it");
    }

    /** The same, with what would give it one. */
    void idle(String key, String why, String otherwise) {
        if (has(key))
            source.idle(lineOf(key), pathOf(key), "has no meaning %s: drop it, or %s".formatted(why, otherwise));
    }

    /** Notes a key that has its reason not to be known here. */
    void refuse(String key, String why) {
        if (!has(key)) return;
        problem(key, why);
        entries.remove(key);
    }

    /** Notes the keys that nobody asked for. */
    void end() {
        for (String key : entries.keySet()) {
            if (!known.contains(key)) problem(key, "unknown key (known here: " + String.join(", ", known) + ")");
        }
    }

    private Optional<Node> take(String key) {
        known.add(key);
        return Optional.ofNullable(entries.get(key)).map(Entry::value);
    }

    private void wrong(String key, Node found, String allowed) {
        String shown = switch (found) {
            case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> "is empty";
            case ScalarNode scalar when scalar.getValue().length() <= 40 -> "is '" + scalar.getValue() + "'";
            case ScalarNode _ -> "is a long text";
            case SequenceNode _ -> "is a list";
            default -> "is a map";
        };
        problem(key, shown + " (must be " + allowed + ")");
    }

    private static Optional<String> plain(Node node) {
        return node instanceof ScalarNode scalar && scalar.isPlain()
                ? Optional.of(scalar.getValue())
                : Optional.empty();
    }

    private static Optional<String> word(Node node) {
        return node instanceof ScalarNode scalar
                        && (scalar.isPlain() || scalar.getTag().equals(Tag.STR))
                ? Optional.of(scalar.getValue())
                : Optional.empty();
    }

    private static int lineOf(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    /** Words for {@link #choice} that mean themselves. */
    static Map<String, String> words(String... words) {
        Map<String, String> map = new LinkedHashMap<>();
        for (String word : List.of(words)) map.put(word, word);
        return map;
    }
}
