package dev.thirteen.engine;

import dev.thirteen.core.batch.BatchGroup;
import java.util.ArrayList;
import java.util.List;

/** A group with its rows, those that have ended only where the shape is fixed. */
final class DecodeGroup {
    private Decoder.Group group;
    private final List<DecodeRow> rows = new ArrayList<>();
    private List<PromptFill> fills;
    /** Whether the cache holds keys and values of more than one policy for it. */
    private boolean mixed;

    DecodeGroup(Decoder.Group group) {
        this.group = group;
        for (int sample = 0; sample < group.samples(); sample++) rows.add(new DecodeRow(group, sample));
        this.fills = List.of(new PromptFill(rows));
    }

    long id() {
        return group.id();
    }

    List<DecodeRow> rows() {
        return rows;
    }

    boolean mixed() {
        return mixed;
    }

    /** Its next tokens are drawn under another policy. */
    void follow(Policy policy) {
        boolean begun = rows.stream().anyMatch(row -> row.held() > 0);
        group = group.under(policy);
        rows.forEach(row -> row.follow(group));
        if (begun) mixed = true;
        else restart();
    }

    PromptFill fill(int place) {
        return fills.get(place);
    }

    /** Whether its rows decode: all that comes before is in the cache. */
    boolean ready() {
        return fills.stream().allMatch(PromptFill::complete);
    }

    /** The caller's own list. */
    List<DecodeRow> ended() {
        List<DecodeRow> ended = new ArrayList<>(0);
        for (DecodeRow row : rows) if (row.finished()) ended.add(row);
        return ended;
    }

    /** Forgets rows that have ended, and beginnings that no row has any more. */
    void drop(List<DecodeRow> ended) {
        rows.removeAll(ended);
        fills = fills.stream()
                .filter(fill -> fill.rows().stream().anyMatch(rows::contains))
                .toList();
    }

    /** Its rows have lost their places: each begins again with all that it has. */
    void restart() {
        mixed = false;
        boolean untouched = rows.getFirst().position() < group.promptTokens().length;
        rows.forEach(row -> row.held(0));
        fills = untouched
                ? List.of(new PromptFill(rows))
                : rows.stream().map(row -> new PromptFill(List.of(row))).toList();
    }

    BatchGroup planned() {
        int length = rows.stream().mapToInt(DecodeRow::position).max().orElse(0) + 1;
        List<BatchGroup.Fill> planned = fills.stream().map(PromptFill::planned).toList();
        // Keys and values of several policies are like those of no other group.
        Object shared = mixed ? this : group.policy();
        return new BatchGroup(id(), rows.size(), length, longest(group), shared, planned);
    }

    /** A group that has not begun, without what its rows begin with. */
    static BatchGroup planned(Decoder.Group group) {
        int length = group.promptTokens().length;
        return new BatchGroup(group.id(), group.samples(), length, longest(group), group.policy(), List.of());
    }

    private static int longest(Decoder.Group group) {
        return group.promptTokens().length + group.sampling().maxTokens();
    }
}
