package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The native side of a decoder: cache, adapter tensors and the calls of the programs. Rows are given in cache order. */
final class DecodeBatch implements AutoCloseable {
    private final BaseModel base;
    private final KvCache cache;
    private final TorchProgram prefill;
    private final TorchProgram decode;
    private @Nullable AdapterTensors adapters;

    DecodeBatch(BaseModel base) {
        this.base = base;
        this.cache = new KvCache(base);
        this.prefill = base.program("blocks.py", "trunk.py", "prefill.py");
        this.decode = base.program("blocks.py", "sampling.py", "decode.py");
    }

    /** Makes the basis the one of the batch; null keeps what is there. */
    void use(@Nullable Basis basis) {
        if (basis == null || (adapters != null && adapters.basis() == basis)) return;
        if (adapters != null) adapters.close();
        adapters = new AdapterTensors(base, basis);
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
        List<Policy> policies = groups.stream().map(Decoder.Group::policy).toList();
        List<Policy> distinct = distinct(policies);
        try (PtNDManager scope = Torch.newManager();
                IValue idTensor = IValue.from(Torch.of(scope, ids, groups.size(), longest));
                IValue rowTensor = IValue.from(Torch.of(scope, promptOfRow, promptOfRow.length));
                IValue start = IValue.from((long) first);
                Adapted adapted = new Adapted(scope, distinct.size() == 1 ? distinct : policies)) {
            prefill.infer(
                    scope,
                    idTensor,
                    rowTensor,
                    start,
                    base.weights().sharedList(),
                    base.weights().layerList(),
                    adapted.factors(),
                    adapted.policies(),
                    cache.list());
        }
    }

    /** Draws a token for every row: [3, rows] of token, log-prob, raw log-prob. */
    double[] decode(List<DecodeRow> rows) {
        int n = rows.size();
        List<Policy> policies =
                distinct(rows.stream().map(row -> row.group().policy()).toList());
        int longest = rows.stream().mapToInt(DecodeRow::position).max().orElse(0) + 1;
        int shortest = rows.stream().mapToInt(DecodeRow::position).min().orElse(0) + 1;
        boolean filters = rows.stream().anyMatch(row -> row.group().sampling().filtered());
        boolean plain =
                !filters && rows.stream().allMatch(row -> row.group().sampling().temperature() == 1);
        try (PtNDManager scope = Torch.newManager();
                IValue inputTensor = IValue.from(Torch.of(scope, inputs(rows, policies), 3, n));
                IValue controlTensor = IValue.from(Torch.of(scope, controls(rows), 4, n));
                IValue length = IValue.from((long) longest);
                IValue ragged = IValue.from(shortest != longest);
                IValue filter = IValue.from(filters);
                IValue simple = IValue.from(plain);
                Adapted adapted = new Adapted(scope, policies)) {
            return decode.infer(
                            scope,
                            inputTensor,
                            controlTensor,
                            length,
                            ragged,
                            filter,
                            simple,
                            base.weights().sharedList(),
                            base.weights().layerList(),
                            adapted.factors(),
                            adapted.policies(),
                            cache.list())
                    .get(0)
                    .toDoubleArray();
        }
    }

    /** [3, rows] of token, position, policy. */
    private static long[] inputs(List<DecodeRow> rows, List<Policy> policies) {
        int n = rows.size();
        long[] inputs = new long[3 * n];
        for (int i = 0; i < n; i++) {
            DecodeRow row = rows.get(i);
            inputs[i] = row.token();
            inputs[n + i] = row.position();
            inputs[2 * n + i] = indexOf(policies, row.group().policy());
        }
        return inputs;
    }

    /** [4, rows] of temperature, uniform number, top-p, top-k. */
    private static double[] controls(List<DecodeRow> rows) {
        int n = rows.size();
        double[] controls = new double[4 * n];
        for (int i = 0; i < n; i++) {
            SamplingParameters sampling = rows.get(i).group().sampling();
            controls[i] = sampling.temperature();
            controls[n + i] = rows.get(i).uniform();
            controls[2 * n + i] = sampling.topP();
            controls[3 * n + i] = sampling.topK();
        }
        return controls;
    }

    KvCache cache() {
        return cache;
    }

    private static List<Policy> distinct(List<Policy> policies) {
        List<Policy> distinct = new ArrayList<>();
        for (Policy policy : policies) {
            if (indexOf(distinct, policy) < 0) distinct.add(policy);
        }
        return distinct;
    }

    private static int indexOf(List<Policy> policies, Policy policy) {
        for (int i = 0; i < policies.size(); i++) {
            if (AdapterTensors.same(policies.get(i), policy)) return i;
        }
        return -1;
    }

    /** What a call needs of the adapters: nothing when all policies are the base alone. */
    private final class Adapted implements AutoCloseable {
        private final IValue none = IValue.listFrom(new PtNDArray[0]);
        private final @Nullable IValue policies;
        private final IValue factors;

        Adapted(PtNDManager scope, List<Policy> list) {
            AdapterTensors tensors = adapters;
            if (tensors == null || list.stream().allMatch(policy -> policy.basis() == null)) {
                factors = none;
                policies = null;
            } else {
                factors = tensors.factorList();
                policies = IValue.listFrom(tensors.policies(scope, list));
            }
        }

        IValue factors() {
            return factors;
        }

        IValue policies() {
            return policies == null ? none : policies;
        }

        @Override
        public void close() {
            none.close();
            if (policies != null) policies.close();
        }
    }

    @Override
    public void close() {
        cache.close();
        if (adapters != null) adapters.close();
    }
}
