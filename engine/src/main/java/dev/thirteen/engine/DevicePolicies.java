package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleType;
import dev.thirteen.core.adapter.ModuleUpdate;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.engine.cuda.CudaDecoder;
import dev.thirteen.engine.cuda.DecoderShape;
import dev.thirteen.engine.cuda.DeviceAdapter;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The adapters that the device's kernels hold: one basis, and the R of each policy of it under a number. */
final class DevicePolicies {
    private static final int MODULES = ModuleType.values().length;
    private static final List<List<ModuleType>> KINDS = List.of(
            List.of(ModuleType.Q, ModuleType.K, ModuleType.V),
            List.of(ModuleType.O),
            List.of(ModuleType.GATE, ModuleType.UP),
            List.of(ModuleType.DOWN));

    private final CudaDecoder decoder;
    private final ModelShape shape;
    private final Map<Policy, Integer> numbers = new HashMap<>();
    private final Deque<Integer> free = new ArrayDeque<>();
    private @Nullable Basis basis;
    private int room = 1;
    private int rank = 1;

    DevicePolicies(CudaDecoder decoder, ModelShape shape) {
        this.decoder = decoder;
        this.shape = shape;
        free.add(0);
    }

    /** Whether the kernels can apply all of these at once: policies of one basis whose R is trained, and the base. */
    static boolean fit(Collection<Policy> policies) {
        Basis one = null;
        for (Policy policy : policies) {
            Basis basis = policy.basis();
            if (basis == null || basis == one) continue;
            if (one != null) return false;
            if (basis.family().trainedPart() != AdapterFamily.TrainedPart.CORE) return false;
            if (rank(basis) > DecoderShape.MAX_RANK) return false;
            one = basis;
        }
        return true;
    }

    private static int rank(Basis basis) {
        int rank = 1;
        for (int m = 0; m < basis.shape().modules().size(); m++) {
            rank = Math.max(rank, basis.family().update(m, new float[0]).rank());
        }
        return rank;
    }

    /** Puts these on the device, those that are not there. */
    void use(Collection<Policy> policies) {
        if (numbers.keySet().containsAll(policies)) return;
        Set<Policy> wanted = new HashSet<>(policies);
        wanted.removeIf(policy -> policy.basis() == null);
        for (Policy policy : wanted) if (policy.basis() != basis) take(policy.basis());
        wanted.removeAll(numbers.keySet());
        if (wanted.size() > free.size()) makeRoom(new HashSet<>(policies), wanted.size());
        for (Policy policy : wanted) {
            int number = free.remove();
            numbers.put(policy, number);
            decoder.core(number, cores(policy));
        }
    }

    /** Number of a policy's R; negative for the base alone. */
    int number(Policy policy) {
        return policy.basis() == null ? -1 : numbers.getOrDefault(policy, -1);
    }

    private void take(@Nullable Basis next) {
        if (next == null) return;
        basis = next;
        rank = rank(next);
        decoder.adapter(adapter(next.family()));
        forget();
    }

    private void forget() {
        numbers.clear();
        free.clear();
        for (int i = 0; i < room; i++) free.add(i);
    }

    private void makeRoom(Set<Policy> running, int more) {
        numbers.entrySet().removeIf(entry -> {
            boolean gone = !running.contains(entry.getKey());
            if (gone) free.add(entry.getValue());
            return gone;
        });
        if (free.size() >= more) return;
        Map<Policy, Integer> kept = Map.copyOf(numbers);
        while (room - kept.size() < more) room *= 2;
        decoder.resize(room);
        forget();
        for (Policy policy : kept.keySet()) {
            int number = free.remove();
            numbers.put(policy, number);
            decoder.core(number, cores(policy));
        }
    }

    /** R of every module, filled up to the rank: [layers, 7, rank, rank]. */
    private float[] cores(Policy policy) {
        AdapterFamily family = Objects.requireNonNull(policy.basis()).family();
        float[] all = new float[shape.layers() * MODULES * rank * rank];
        for (int m = 0; m < shape.modules().size(); m++) {
            ModuleUpdate update = family.update(m, policy.values());
            for (int row = 0; row < update.rank(); row++) {
                int place = (m * rank + row) * rank;
                System.arraycopy(update.core(), row * update.rank(), all, place, update.rank());
            }
        }
        return all;
    }

    private DeviceAdapter adapter(AdapterFamily family) {
        int linears = shape.layers() * KINDS.size();
        short[][] a = new short[linears][];
        short[][] b = new short[linears][];
        for (int i = 0; i < linears; i++) {
            int layer = i / KINDS.size();
            List<Integer> modules = KINDS.get(i % KINDS.size()).stream()
                    .map(type -> layer * MODULES + type.ordinal())
                    .toList();
            a[i] = below(family, modules);
            b[i] = compact(family, modules);
        }
        return new DeviceAdapter(rank, a, b);
    }

    /** A of the modules below each other, each filled up to the rank. */
    private short[] below(AdapterFamily family, List<Integer> modules) {
        int in = shape.modules().get(modules.getFirst()).inWidth();
        short[] all = new short[modules.size() * rank * in];
        for (int i = 0; i < modules.size(); i++) {
            float[] a = family.update(modules.get(i), new float[0]).a();
            for (int j = 0; j < a.length; j++) all[i * rank * in + j] = bf16(a[j]);
        }
        return all;
    }

    /** B of the modules below each other: [out, rank], without the zeros of a diagonal. */
    private short[] compact(AdapterFamily family, List<Integer> modules) {
        int out = modules.stream()
                .mapToInt(m -> shape.modules().get(m).outWidth())
                .sum();
        short[] all = new short[out * rank];
        int row = 0;
        for (int m : modules) {
            AdaptedModule module = shape.modules().get(m);
            ModuleUpdate update = family.update(m, new float[0]);
            for (int o = 0; o < module.outWidth(); o++, row++) {
                for (int k = 0; k < update.rank(); k++) all[row * rank + k] = bf16(update.b()[o * update.rank() + k]);
            }
        }
        return all;
    }

    private static short bf16(float value) {
        int bits = Float.floatToRawIntBits(ValueType.BF16.round(value));
        return (short) (bits >>> 16);
    }
}
