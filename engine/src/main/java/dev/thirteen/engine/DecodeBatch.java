package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.ArrayList;
import java.util.List;

/** The native side of a decoder: cache, adapter tensors and the calls of the programs. Rows are given in cache order. */
final class DecodeBatch implements AutoCloseable {
    private final BaseModel base;
    private final KvCache cache;
    private final TorchProgram prefill;
    private final TorchProgram decode;
    private final BatchAdapters adapters;
    private AdapterInputs adapted;

    DecodeBatch(BaseModel base) {
        this.base = base;
        this.cache = new KvCache(base);
        this.adapters = new BatchAdapters(base);
        this.adapted = adapters.of(List.of());
        this.prefill = base.program("blocks.py", "trunk.py", "prefill.py");
        this.decode = base.program("blocks.py", "sampling.py", "decode.py");
    }

    /** Makes the adapters ready that the rows of this step need. */
    void use(List<DecodeRow> rows) {
        adapted = adapters.of(rows.stream().map(row -> row.group().policy()).toList());
    }

    /** Computes the prompts of groups but for their last tokens, once each, into rows from {@code first} on. */
    void prefill(List<Decoder.Group> groups, int first) {
        int longest =
                groups.stream().mapToInt(g -> g.promptTokens().length).max().orElse(0) - 1;
        if (longest <= 0) return;
        long[] ids = new long[groups.size() * longest];
        List<Long> rows = new ArrayList<>();
        for (int g = 0; g < groups.size(); g++) {
            int[] prompt = groups.get(g).promptTokens();
            for (int t = 0; t < prompt.length - 1; t++) ids[g * longest + t] = prompt[t];
            for (int i = 0; i < groups.get(g).samples(); i++) rows.add((long) g);
        }
        long[] promptOfRow = rows.stream().mapToLong(Long::longValue).toArray();
        long[] policies = groups.stream()
                .mapToLong(group -> adapters.number(group.policy()))
                .toArray();
        try (PtNDManager scope = Torch.newManager();
                IValue idTensor = IValue.from(Torch.of(scope, ids, groups.size(), longest));
                IValue rowTensor = IValue.from(Torch.of(scope, promptOfRow, promptOfRow.length));
                IValue policyTensor = IValue.from(Torch.of(scope, policies, policies.length));
                IValue start = IValue.from((long) first)) {
            prefill.infer(
                    scope,
                    idTensor,
                    rowTensor,
                    policyTensor,
                    start,
                    base.weights().sharedList(),
                    base.weights().layerList(),
                    adapted.factorList(),
                    adapted.termList(),
                    cache.list());
        }
    }

    /** Draws a token for every row: what draw of sampling.py returns. */
    double[] decode(List<DecodeRow> rows) {
        int n = rows.size();
        int longest = rows.stream().mapToInt(DecodeRow::position).max().orElse(0) + 1;
        int shortest = rows.stream().mapToInt(DecodeRow::position).min().orElse(0) + 1;
        try (PtNDManager scope = Torch.newManager();
                IValue inputTensor = IValue.from(Torch.of(scope, inputs(rows), 3, n));
                DrawInputs draw = new DrawInputs(scope, rows);
                IValue length = IValue.from((long) longest);
                IValue ragged = IValue.from(shortest != longest)) {
            return decode.infer(
                            scope,
                            inputTensor,
                            draw.controls(),
                            length,
                            ragged,
                            draw.filters(),
                            draw.plain(),
                            draw.changes(),
                            draw.alternatives(),
                            base.weights().sharedList(),
                            base.weights().layerList(),
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

    KvCache cache() {
        return cache;
    }

    @Override
    public void close() {
        cache.close();
        adapters.close();
    }
}
