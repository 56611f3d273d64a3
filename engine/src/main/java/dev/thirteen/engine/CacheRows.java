package dev.thirteen.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who has which row of the cache. Says which rows are to be copied where; copies nothing itself. */
final class CacheRows {
    /** Copies rows of a cache: the first {@code length} tokens of source[i] to target[i], all at once. */
    interface Copy {
        void rows(int[] source, int[] target, int length);
    }

    private record Move(int source, int target, int length) {}

    private final Copy copy;
    private @Nullable CacheRow[] rows = new CacheRow[0];

    CacheRows(Copy copy) {
        this.copy = copy;
    }

    /** Rows up to the last one that is taken. */
    int used() {
        int used = rows.length;
        while (used > 0 && rows[used - 1] == null) used--;
        return used;
    }

    /** Moves what stands behind the row into free places before it, of which there are enough. */
    void clearBehind(int count) {
        List<Move> moves = new ArrayList<>();
        int free = 0;
        for (int place = count; place < rows.length; place++) {
            CacheRow row = rows[place];
            if (row == null) continue;
            while (rows[free] != null) free++;
            moves.add(move(row, free));
        }
        copy(moves);
    }

    /** What stands behind is gone. */
    void resize(int count) {
        rows = Arrays.copyOf(rows, count);
    }

    /** Gives a row the first free place. */
    void add(CacheRow row) {
        int free = 0;
        while (rows[free] != null) free++;
        rows[free] = row;
        row.place(free);
    }

    void remove(CacheRow row) {
        if (row.place() == CacheRow.NOWHERE) return;
        rows[row.place()] = null;
        row.place(CacheRow.NOWHERE);
    }

    /** The new one has the place of the old one. */
    void replace(CacheRow old, CacheRow by) {
        int place = old.place();
        remove(old);
        rows[place] = by;
        by.place(place);
    }

    /** Lets these rows, and no others, stand in front; the others keep what they hold. */
    void front(List<DecodeRow> decoding) {
        int count = decoding.size();
        Deque<DecodeRow> outside = new ArrayDeque<>();
        boolean[] stays = new boolean[count];
        for (DecodeRow row : decoding) {
            if (row.place() >= count) outside.add(row);
            else stays[row.place()] = true;
        }
        if (outside.isEmpty()) return;
        List<Move> away = new ArrayList<>();
        List<Move> in = new ArrayList<>();
        Deque<Integer> free = free(count);
        for (int hole = 0; hole < count; hole++) {
            if (stays[hole]) continue;
            CacheRow there = rows[hole];
            if (there != null && !free.isEmpty()) {
                away.add(move(there, free.removeLast()));
                there = null;
            }
            DecodeRow row = outside.remove();
            int from = row.place();
            in.add(move(row, hole));
            if (there != null) in.add(swapped(there, hole, from));
        }
        copy(away);
        copy(in);
    }

    private Deque<Integer> free(int from) {
        Deque<Integer> free = new ArrayDeque<>();
        for (int place = from; place < rows.length; place++) if (rows[place] == null) free.add(place);
        return free;
    }

    private Move move(CacheRow row, int to) {
        Move move = new Move(row.place(), to, row.held());
        rows[row.place()] = null;
        rows[to] = row;
        row.place(to);
        return move;
    }

    private Move swapped(CacheRow row, int from, int to) {
        rows[to] = row;
        row.place(to);
        return new Move(from, to, row.held());
    }

    private void copy(List<Move> moves) {
        List<Move> real = moves.stream().filter(move -> move.length() > 0).toList();
        if (real.isEmpty()) return;
        copy.rows(
                real.stream().mapToInt(Move::source).toArray(),
                real.stream().mapToInt(Move::target).toArray(),
                real.stream().mapToInt(Move::length).max().orElse(0));
    }
}
