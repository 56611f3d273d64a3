package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.thirteen.engine.device.DeviceRows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Beginnings that are computed whole in one call, padded on the right to one length, and the rows that continue them. */
final class PromptBatch {
    private final List<PromptFill> prompts;
    private final int longest;

    private PromptBatch(List<PromptFill> prompts) {
        this.prompts = List.copyOf(prompts);
        this.longest = prompts.stream().mapToInt(PromptFill::length).max().orElse(0);
    }

    /** Cuts by length, so that little is padded, into batches of at most this many padded tokens, one prompt at least. */
    static List<PromptBatch> cut(List<PromptFill> fills, int tokens) {
        List<PromptFill> sorted = new ArrayList<>(fills);
        sorted.sort(Comparator.comparingInt(PromptFill::length));
        List<PromptBatch> batches = new ArrayList<>();
        List<PromptFill> open = new ArrayList<>();
        for (PromptFill one : sorted) {
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
            int[] tokens = prompts.get(p).tokens();
            for (int t = 0; t < tokens.length; t++) ids[p * longest + t] = tokens[t];
        }
        return Torch.of(scope, ids, prompts.size(), longest);
    }

    /** [2, rows]: which prompt a row continues, and the row's place in the cache. */
    PtNDArray rows(PtNDManager scope) {
        int count = prompts.stream().mapToInt(one -> one.rows().size()).sum();
        long[] rows = new long[2 * count];
        int at = 0;
        for (int p = 0; p < prompts.size(); p++) {
            for (DecodeRow row : prompts.get(p).rows()) {
                rows[at] = p;
                rows[count + at++] = row.place();
            }
        }
        return Torch.of(scope, rows, 2, count);
    }

    /** [prompts]: numbers of the policies. */
    PtNDArray policies(PtNDManager scope, BatchAdapters adapters) {
        long[] numbers =
                prompts.stream().mapToLong(one -> adapters.number(one.policy())).toArray();
        return Torch.of(scope, numbers, numbers.length);
    }

    /** The prompts as parts that are whole. */
    List<PromptPart> parts() {
        return prompts.stream().map(one -> new PromptPart(one, 0, one.length())).toList();
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
        return prompts.stream().map(PromptFill::policy).collect(Collectors.toSet());
    }

    /** Tells the device of every token; a prompt goes into the first row of its group. */
    void write(DeviceRows buffers, DevicePolicies policies) {
        for (int p = 0; p < prompts.size(); p++) {
            PromptFill one = prompts.get(p);
            int[] tokens = one.tokens();
            int policy = policies.number(one.policy());
            for (int t = 0; t < longest; t++) {
                boolean real = t < tokens.length;
                DeviceRows.Row row = new DeviceRows.Row(
                        real ? tokens[t] : 0, real ? t : -1, policy, DeviceRows.Draw.NONE, one.place());
                buffers.set(p * longest + t, row);
            }
        }
    }

    /** From the first row of each beginning to its others. */
    static void spread(List<PromptFill> fills, CacheRows.Copy copy) {
        List<Integer> source = new ArrayList<>();
        List<Integer> target = new ArrayList<>();
        int longest = 0;
        for (PromptFill one : fills) {
            for (DecodeRow row : one.rows().subList(1, one.rows().size())) {
                source.add(one.place());
                target.add(row.place());
                longest = Math.max(longest, one.length());
            }
        }
        if (source.isEmpty()) return;
        copy.rows(array(source), array(target), longest);
    }

    /** From the first row of each beginning to its others. */
    void copies(CacheRows.Copy copy) {
        spread(prompts, copy);
    }

    private static int[] array(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }
}
