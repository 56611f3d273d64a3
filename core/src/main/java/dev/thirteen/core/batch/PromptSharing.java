package dev.thirteen.core.batch;

import dev.thirteen.core.batch.BatchGroup.Fill;
import dev.thirteen.core.batch.BatchPlan.Source;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Finds the beginnings that prompts have in common. Keys and values of one policy are never those of another. */
final class PromptSharing {
    /** The longest beginning that is there already. */
    record Beginning(Optional<Source> source, int length) {
        static final Beginning NONE = new Beginning(Optional.empty(), 0);
    }

    /** What sequences that share a beginning have in common, the shortest one; others seldom have. */
    record Head(Object policy, int hash) {}

    /** Tokens whose keys and values are there. */
    private record Known(Source source, Object policy, int[] tokens, int length) {}

    private final BatchLimits limits;
    /** Places of the kept rows that stay; least recently used first. */
    private final Set<Integer> kept = new LinkedHashSet<>();

    private final Map<Head, List<Known>> keptByHead = new HashMap<>();
    private final Map<Head, List<Known>> runningByHead = new HashMap<>();

    PromptSharing(BatchLimits limits, List<KeptPrompt> kept, List<BatchGroup> running) {
        this.limits = limits;
        for (int place = 0; place < kept.size(); place++) {
            KeptPrompt prompt = kept.get(place);
            this.kept.add(place);
            int[] tokens = prompt.tokens();
            index(keptByHead, new Known(new Source.Kept(place), prompt.policy(), tokens, tokens.length));
        }
        if (running.stream().allMatch(BatchGroup::ready)) return;
        for (BatchGroup group : running) {
            for (int i = 0; i < group.fills().size(); i++) {
                Fill fill = group.fills().get(i);
                Source source = new Source.Running(group.id(), i);
                index(runningByHead, new Known(source, group.policy(), fill.tokens(), fill.done()));
            }
        }
    }

    private void index(Map<Head, List<Known>> heads, Known known) {
        if (known.length() < limits.sharedTokens()) return;
        head(known.policy(), known.tokens())
                .ifPresent(head ->
                        heads.computeIfAbsent(head, key -> new ArrayList<>()).add(known));
    }

    /** Empty for what is too short to be shared, and where nothing is. */
    Optional<Head> head(Object policy, int[] tokens) {
        int length = limits.sharedTokens();
        if (!limits.shares() || tokens.length < length) return Optional.empty();
        int hash = 1;
        for (int i = 0; i < length; i++) hash = 31 * hash + tokens[i];
        return Optional.of(new Head(policy, hash));
    }

    /** Places of the kept rows that go: the least recently used, but those last that a coming group can use. */
    List<Integer> evicted(List<BatchGroup> coming, int count) {
        if (count == 0) return List.of();
        TreeSet<Integer> useful = new TreeSet<>();
        for (BatchGroup group : coming) {
            for (Fill fill : group.fills()) {
                if (longest(group, fill, keptByHead, Beginning.NONE).source().orElse(null)
                        instanceof Source.Kept(int place)) {
                    useful.add(place);
                }
            }
        }
        List<Integer> order = new ArrayList<>(kept);
        order.removeAll(useful);
        order.addAll(useful);
        return List.copyOf(order.subList(0, Math.min(count, order.size())));
    }

    PromptSharing without(List<Integer> evicted) {
        evicted.forEach(kept::remove);
        return this;
    }

    /** The longest beginning of a fill that a running group or a kept row has. */
    Beginning beginning(BatchGroup group, Fill fill) {
        return longest(group, fill, keptByHead, longest(group, fill, runningByHead, Beginning.NONE));
    }

    private Beginning longest(BatchGroup group, Fill fill, Map<Head, List<Known>> heads, Beginning atLeast) {
        List<Known> alike = head(group.policy(), fill.tokens()).map(heads::get).orElse(List.of());
        Beginning best = atLeast;
        for (Known known : alike) {
            if (known.source() instanceof Source.Kept(int place) && !kept.contains(place)) continue;
            int length = common(fill.tokens(), known.tokens(), known.length());
            if (length > best.length()) best = new Beginning(Optional.of(known.source()), length);
        }
        return best;
    }

    /** Tokens that both begin with, of the other's first {@code known}; 0 where it is not worth copying. */
    int common(int[] tokens, int[] others, int known) {
        int end = Math.min(tokens.length, known);
        int differ = Arrays.mismatch(tokens, 0, end, others, 0, end);
        int length = differ < 0 ? end : differ;
        return length >= limits.sharedTokens() ? length : 0;
    }
}
