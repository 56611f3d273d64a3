package dev.thirteen.engine;

import dev.thirteen.core.batch.BatchLimits;
import dev.thirteen.core.batch.KeptPrompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rows that have ended and keep their places, least recently used first. */
final class KeptRows {
    private final BatchLimits limits;
    private final CacheRows places;
    private final List<KeptRow> rows = new ArrayList<>();

    KeptRows(BatchLimits limits, CacheRows places) {
        this.limits = limits;
        this.places = places;
    }

    /** A copy. */
    List<KeptRow> rows() {
        return List.copyOf(rows);
    }

    List<KeptPrompt> planned() {
        return rows.stream()
                .map(row -> new KeptPrompt(row.policy(), row.tokens()))
                .toList();
    }

    /** Takes over the place of a row that has ended, or frees it where it is of no use. */
    void keep(DecodeRow ended) {
        KeptRow row = new KeptRow(ended.group().policy(), ended.before());
        boolean useful = limits.shares() && row.held() >= limits.sharedTokens();
        Optional<KeptRow> covering =
                rows.stream().filter(other -> other.covers(row)).findFirst();
        covering.ifPresent(this::touch);
        if (!useful || covering.isPresent()) {
            places.remove(ended);
            return;
        }
        rows.stream().filter(row::covers).toList().forEach(this::forget);
        places.replace(ended, row);
        rows.add(row);
    }

    void touch(KeptRow row) {
        if (rows.remove(row)) rows.add(row);
    }

    void forget(KeptRow row) {
        places.remove(row);
        rows.remove(row);
    }

    /** The cache has room for this many tokens a row now. */
    void cut(int tokens) {
        rows.forEach(row -> row.cut(tokens));
    }
}
