package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.thirteen.engine.cuda.RowBuffers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Prompts that are computed in one call, padded on the right to one length, and the rows that continue them. */
final class PromptBatch {
    /** A group whose rows stand in the cache from {@code first} on. */
    private record Placed(Decoder.Group group, int first) {
        /** The last token is read by the first step. */
        int length() {
            return group.promptTokens().length - 1;
        }
    }

    private final List<Placed> prompts;
    private final int longest;

    private PromptBatch(List<Placed> prompts) {
        this.prompts = List.copyOf(prompts);
        this.longest = prompts.stream().mapToInt(Placed::length).max().orElse(0);
    }

    /**
     * Cuts groups by length, so that little is padded, into batches of at most this many padded tokens, one prompt at least.
     *
     * @param first row of the first group; the others follow
     */
    static List<PromptBatch> cut(List<Decoder.Group> groups, int first, int tokens) {
        List<Placed> placed = new ArrayList<>();
        int row = first;
        for (Decoder.Group group : groups) {
            placed.add(new Placed(group, row));
            row += group.samples();
        }
        placed.removeIf(one -> one.length() == 0);
        placed.sort(Comparator.comparingInt(Placed::length));
        List<PromptBatch> batches = new ArrayList<>();
        List<Placed> open = new ArrayList<>();
        for (Placed one : placed) {
            if (!open.isEmpty() && (long) one.length() * (open.size() + 1) > tokens) {
                batches.add(new PromptBatch(open));
                open.clear();
            }
            open.add(one);
        }
        if (!open.isEmpty()) batches.add(new PromptBatch(open));
        return batches;
    }

    /** [prompts, time] */
    PtNDArray ids(PtNDManager scope) {
        long[] ids = new long[prompts.size() * longest];
        for (int p = 0; p < prompts.size(); p++) {
            int[] tokens = prompts.get(p).group().promptTokens();
            for (int t = 0; t < tokens.length - 1; t++) ids[p * longest + t] = tokens[t];
        }
        return Torch.of(scope, ids, prompts.size(), longest);
    }

    /** [2, rows]: which prompt a row continues, and the row's place in the cache. */
    PtNDArray rows(PtNDManager scope) {
        int count = prompts.stream().mapToInt(one -> one.group().samples()).sum();
        long[] rows = new long[2 * count];
        int at = 0;
        for (int p = 0; p < prompts.size(); p++) {
            for (int s = 0; s < prompts.get(p).group().samples(); s++, at++) {
                rows[at] = p;
                rows[count + at] = prompts.get(p).first() + s;
            }
        }
        return Torch.of(scope, rows, 2, count);
    }

    /** [prompts]: numbers of the policies. */
    PtNDArray policies(PtNDManager scope, BatchAdapters adapters) {
        long[] numbers = prompts.stream()
                .mapToLong(one -> adapters.number(one.group().policy()))
                .toArray();
        return Torch.of(scope, numbers, numbers.length);
    }

    /** Number of prompts. */
    int prompts() {
        return prompts.size();
    }

    /** Length that all are padded to. */
    int time() {
        return longest;
    }

    /** Padded tokens of all prompts. */
    int tokens() {
        return prompts.size() * longest;
    }

    Set<Policy> distinctPolicies() {
        return prompts.stream().map(one -> one.group().policy()).collect(Collectors.toSet());
    }

    /** Tells the device of every token; a prompt goes into the first row of its group. */
    void write(RowBuffers buffers, DevicePolicies policies) {
        for (int p = 0; p < prompts.size(); p++) {
            Placed one = prompts.get(p);
            int[] tokens = one.group().promptTokens();
            int policy = policies.number(one.group().policy());
            for (int t = 0; t < longest; t++) {
                int position = t < one.length() ? t : -1;
                RowBuffers.Row row = new RowBuffers.Row(
                        tokens[Math.min(t, one.length())], position, policy, RowBuffers.Draw.NONE, one.first());
                buffers.set(p * longest + t, row);
            }
        }
    }

    /** Copies rows of a cache. */
    interface Copy {
        void rows(int[] source, int[] target, int length);
    }

    /** From the first row of each group to its others. */
    void copies(Copy copy) {
        List<Integer> source = new ArrayList<>();
        List<Integer> target = new ArrayList<>();
        for (Placed one : prompts) {
            for (int s = 1; s < one.group().samples(); s++) {
                source.add(one.first());
                target.add(one.first() + s);
            }
        }
        if (source.isEmpty()) return;
        copy.rows(array(source), array(target), longest);
    }

    private static int[] array(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }
}
