package dev.thirteen.core.adapter;

import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which linears an adapter changes, as PEFT's {@code target_modules} says it: names of the last part of their paths, or a
 * regular expression for whole paths. Of the linears of the layers alone; both empty choose all of them.
 *
 * @param names such as {@code q_proj}
 * @param pattern such as {@code .*\.[0-3]\.self_attn\..*}; empty where there are names
 */
public record TargetModules(List<String> names, String pattern) {
    /** Every linear of every layer. */
    public static final TargetModules ALL = new TargetModules(List.of(), "");

    /** It stands in every message that has the adapter. */
    private static final int LONGEST_PATTERN = 1000;

    private static final Set<String> KNOWN =
            Arrays.stream(ModuleType.values()).map(TargetModules::name).collect(Collectors.toUnmodifiableSet());

    public TargetModules {
        names = List.copyOf(names);
    }

    /** By names. */
    public static TargetModules named(String... names) {
        return new TargetModules(List.of(names), "");
    }

    /** By a regular expression. */
    public static TargetModules matching(String pattern) {
        return new TargetModules(List.of(), pattern);
    }

    /** The names that there are. */
    public static Set<String> known() {
        return KNOWN;
    }

    /** Whether nothing is chosen, and so every linear. */
    public boolean all() {
        return names.isEmpty() && pattern.isEmpty();
    }

    /** What is wrong, whatever the model; empty where nothing is. */
    public Optional<String> problem() {
        if (!names.isEmpty() && !pattern.isEmpty()) return Optional.of("must be names or an expression, not both");
        if (pattern.length() > LONGEST_PATTERN) {
            return Optional.of("must be an expression of at most %d characters, not %d"
                    .formatted(LONGEST_PATTERN, pattern.length()));
        }
        try {
            PathExpression.of(pattern);
            return Optional.empty();
        } catch (PathExpression.Unusable e) {
            return Optional.of(unreadable(e));
        }
    }

    /**
     * Indexes of the chosen modules, in model order.
     *
     * @throws Failure CALLER when there is none, and for an expression that cannot be read
     */
    public List<Integer> of(ModelShape shape) {
        List<Integer> chosen = new ArrayList<>();
        try {
            PathExpression expression = PathExpression.of(pattern);
            for (int i = 0; i < shape.modules().size(); i++) {
                if (chooses(expression, shape.modules().get(i))) chosen.add(i);
            }
        } catch (PathExpression.Unusable e) {
            throw new Failure(Failure.Kind.CALLER, unreadable(e));
        }
        if (chosen.isEmpty()) throw new Failure(Failure.Kind.CALLER, this + " chooses no module of the model");
        return chosen;
    }

    private boolean chooses(PathExpression expression, AdaptedModule module) throws PathExpression.Unusable {
        if (all()) return true;
        return pattern.isEmpty() ? names.contains(name(module.type())) : expression.matches(module.path());
    }

    private String unreadable(PathExpression.Unusable why) {
        String shown = pattern.length() <= 200 ? pattern : pattern.substring(0, 200) + "…";
        return "the expression %s cannot be read: %s".formatted(shown, why.getMessage());
    }

    /**
     * Modules as a list that PEFT reads as these and no others: names of the last part where each is chosen in every layer,
     * which vLLM wants too, else whole paths.
     *
     * @param modules indexes
     */
    public static List<String> written(ModelShape shape, List<Integer> modules) {
        Set<String> ends = new TreeSet<>();
        Set<String> paths = new TreeSet<>();
        for (int index : modules) {
            ends.add(name(shape.modules().get(index).type()));
            paths.add(shape.modules().get(index).path());
        }
        return List.copyOf(paths.size() == ends.size() * shape.layers() ? ends : paths);
    }

    private static String name(ModuleType type) {
        return type.path().substring(type.path().indexOf('.') + 1);
    }

    /** As a person writes it. */
    @Override
    public String toString() {
        if (all()) return "all";
        return pattern.isEmpty() ? String.join(" ", names) : pattern;
    }
}
