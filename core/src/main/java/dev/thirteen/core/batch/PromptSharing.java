package dev.thirteen.core.batch;

import dev.thirteen.core.batch.BatchGroup.Fill;
import dev.thirteen.core.batch.BatchPlan.Source;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Finds the beginnings that prompts have in common. Keys and values of one policy are never those of another. */
final class PromptSharing {
    /** The longest beginning that is there already. */
    record Beginning(Optional<Source> source, int length) {
        static final Beginning NONE = new Beginning(Optional.empty(), 0);
    }

    private final BatchLimits limits;
    /** By place; least recently used first. */
    private final Map<Integer, KeptPrompt> kept = new LinkedHashMap<>();

    PromptSharing(BatchLimits limits, List<KeptPrompt> kept) {
        this.limits = limits;
        for (int place = 0; place < kept.size(); place++) this.kept.put(place, kept.get(place));
    }

    /** Places of the kept rows that go: the least recently used, but those last that a coming group can use. */
    List<Integer> evicted(List<BatchGroup> coming, int count) {
        if (count == 0) return List.of();
        TreeSet<Integer> useful = new TreeSet<>();
        for (BatchGroup group : coming) {
            for (Fill fill : group.fills()) {
                if (beginning(group, fill, List.of()).source().orElse(null) instanceof Source.Kept(int place)) {
                    useful.add(place);
                }
            }
        }
        List<Integer> order = new ArrayList<>(kept.keySet());
        order.removeAll(useful);
        order.addAll(useful);
        return List.copyOf(order.subList(0, Math.min(count, order.size())));
    }

    PromptSharing without(List<Integer> evicted) {
        evicted.forEach(kept::remove);
        return this;
    }

    /** The longest beginning of a fill that a running group or a kept row has. */
    Beginning beginning(BatchGroup group, Fill fill, List<BatchGroup> running) {
        if (!limits.shares()) return Beginning.NONE;
        Beginning best = Beginning.NONE;
        for (BatchGroup other : running) {
            if (!other.policy().equals(group.policy())) continue;
            for (int i = 0; i < other.fills().size(); i++) {
                Fill theirs = other.fills().get(i);
                int length = common(fill.tokens(), theirs.tokens(), theirs.done());
                if (length > best.length()) {
                    best = new Beginning(Optional.of(new Source.Running(other.id(), i)), length);
                }
            }
        }
        for (Map.Entry<Integer, KeptPrompt> entry : kept.entrySet()) {
            KeptPrompt prompt = entry.getValue();
            if (!prompt.policy().equals(group.policy())) continue;
            int length = common(fill.tokens(), prompt.tokens(), prompt.tokens().length);
            if (length > best.length()) {
                best = new Beginning(Optional.of(new Source.Kept(entry.getKey())), length);
            }
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
