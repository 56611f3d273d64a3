package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The native side of a decoder: cache, adapter tensors and the calls of the programs. Rows are given in cache order. */
final class DecodeBatch implements AutoCloseable {
    /** Padded tokens of one call: enough to keep the device busy, few enough for its memory. */
    static final int PROMPT_TOKENS = Torch.onGpu() ? 16_384 : 4_096;
    /** Numbers of the attention mask of one call: tokens times what they attend to. */
    private static final long MASK_CELLS = 1L << 26;

    private final BaseModel base;
    private final KvCache cache;
    private final DecodePrograms programs;
    private final BatchAdapters adapters;
    private final KernelsWhileTheyRun device;

    DecodeBatch(BaseModel base, Optional<? extends DecodeKernels> kernels, long cacheTokens, boolean fixedShape) {
        this.base = base;
        this.device = new KernelsWhileTheyRun(kernels);
        this.cache = new KvCache(base, cacheTokens);
        this.adapters = new BatchAdapters(base);
        this.programs = new DecodePrograms(base, fixedShape);
    }

    /** The adapters of policies; those of the running rows go along where the next step needs them too. */
    private AdapterInputs adapted(Collection<Policy> policies, List<DecodeRow> running) {
        List<Policy> all = new ArrayList<>(policies);
        if (!device.running()) running.forEach(row -> all.add(row.group().policy()));
        return adapters.of(all);
    }

    /** To be called between steps: weights may have a better form by now. */
    void refresh() {
        programs.refresh();
    }

    /** Computes beginnings whole, once each, into all of their rows. */
    void prefill(List<PromptFill> fills, List<DecodeRow> running) {
        for (PromptBatch batch : PromptBatch.cut(fills, PROMPT_TOKENS)) {
            if (!device.prefill(batch, cache)) prefill(batch, adapted(batch.distinctPolicies(), running));
        }
    }

    /** Computes parts of beginnings whose tokens before are in the cache, each into the first of its rows. */
    void prefillParts(List<PromptPart> parts, List<DecodeRow> running) {
        for (PartBatch batch : PartBatch.cut(parts, PROMPT_TOKENS, MASK_CELLS)) {
            if (!device.prefill(batch, cache)) prefill(batch, adapted(batch.distinctPolicies(), running));
        }
    }

    private void prefill(PartBatch batch, AdapterInputs adapted) {
        try (PtNDManager scope = Torch.newManager();
                IValue ids = IValue.from(batch.ids(scope));
                IValue starts = IValue.from(batch.starts(scope, adapters));
                IValue taken = IValue.from(
                        batch.taken(scope, cache.tokens(), base.config().heads().keyValue()));
                IValue length = IValue.from((long) batch.length())) {
            programs.chunk()
                    .infer(
                            scope,
                            ids,
                            starts,
                            taken,
                            length,
                            programs.shared(),
                            programs.layers(),
                            adapted.factorList(),
                            adapted.termList(),
                            cache.list());
        }
    }

    private void prefill(PromptBatch batch, AdapterInputs adapted) {
        try (PtNDManager scope = Torch.newManager();
                IValue ids = IValue.from(batch.ids(scope));
                IValue rows = IValue.from(batch.rows(scope));
                IValue policies = IValue.from(batch.policies(scope, adapters))) {
            programs.prefill()
                    .infer(
                            scope,
                            ids,
                            rows,
                            policies,
                            programs.shared(),
                            programs.layers(),
                            adapted.factorList(),
                            adapted.termList(),
                            cache.list());
        }
    }

    /** Draws a token for every row: what draw of sampling.py returns. */
    double[] decode(List<DecodeRow> rows) {
        return device.decode(rows, cache).orElseGet(() -> byPrograms(rows));
    }

    private double[] byPrograms(List<DecodeRow> rows) {
        AdapterInputs adapted =
                adapters.of(rows.stream().map(row -> row.group().policy()).toList());
        int n = rows.size();
        int longest = rows.stream().mapToInt(DecodeRow::position).max().orElse(0) + 1;
        int shortest = rows.stream().mapToInt(DecodeRow::position).min().orElse(0) + 1;
        try (PtNDManager scope = Torch.newManager();
                IValue inputTensor = IValue.from(Torch.of(scope, inputs(rows), 3, n));
                DrawInputs draw = new DrawInputs(scope, rows);
                IValue length = IValue.from((long) longest);
                IValue ragged = IValue.from(shortest != longest)) {
            return programs.decode()
                    .infer(
                            scope,
                            inputTensor,
                            draw.controls(),
                            length,
                            ragged,
                            draw.filters(),
                            draw.plain(),
                            draw.changes(),
                            draw.alternatives(),
                            programs.shared(),
                            programs.layers(),
                            adapted.factorList(),
                            adapted.termList(),
                            cache.list())
                    .get(0)
                    .toDoubleArray();
        }
    }

    /** [3, rows] of token, position, policy. */
    private long[] inputs(List<DecodeRow> rows) {
        int n = rows.size();
        long[] inputs = new long[3 * n];
        for (int i = 0; i < n; i++) {
            DecodeRow row = rows.get(i);
            inputs[i] = row.token();
            inputs[n + i] = row.position();
            inputs[2 * n + i] = adapters.number(row.group().policy());
        }
        return inputs;
    }

    /** Microseconds of each part of a step over these rows; empty where the programs decode. */
    Map<String, Double> profile(List<DecodeRow> rows) {
        return device.profile(rows, cache);
    }

    /** A step that was started ahead is not what comes next. */
    void interrupt() {
        device.interrupt();
    }

    KvCache cache() {
        return cache;
    }

    /** Copies the first {@code length} tokens of rows in the cache, all at once: source[i] to target[i]. */
    void move(int[] source, int[] target, int length) {
        Set<Integer> written = Arrays.stream(target).boxed().collect(Collectors.toSet());
        // The device copies in any order.
        boolean apart = Arrays.stream(source).noneMatch(written::contains);
        if (!apart || !device.move(cache, source, target, length)) cache.move(source, target, length);
    }

    @Override
    public void close() {
        device.close();
        programs.close();
        cache.close();
        adapters.close();
    }
}
