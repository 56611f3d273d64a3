package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.DeviceDecoder;
import dev.thirteen.engine.device.FallbackLog;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The adapters that the device's kernels hold: A and B of one kind, and the R of each policy on them under a number. */
final class DevicePolicies {
    private final DeviceDecoder decoder;
    private final ModelShape shape;
    private final Map<Policy, Integer> numbers = new HashMap<>();
    private final Deque<Integer> free = new ArrayDeque<>();
    private @Nullable FrozenFactors factors;
    private int room = 1;
    private AdapterForm form;

    DevicePolicies(DeviceDecoder decoder, ModelShape shape) {
        this.decoder = decoder;
        this.shape = shape;
        this.form = new AdapterForm(shape, 1);
        free.add(0);
    }

    /** Whether the kernels can apply all of these at once: policies with one A and B whose R is trained, and the base. */
    static boolean fit(Collection<Policy> policies) {
        FrozenFactors one = null;
        for (Policy policy : policies) {
            Basis basis = policy.basis();
            if (basis == null || basis.frozen().equals(one)) continue;
            if (one != null) return false;
            Optional<String> refusal = refusal(basis);
            if (refusal.isPresent()) {
                FallbackLog.say("decoding by programs", refusal.get());
                return false;
            }
            one = basis.frozen();
        }
        return true;
    }

    /** Why the kernels cannot apply an adapter. */
    static Optional<String> refusal(Basis basis) {
        if (basis.family().trainedPart() != AdapterFamily.TrainedPart.CORE) {
            return Optional.of("kernels of its own apply adapters whose R alone is trained, no "
                    + basis.family().getClass().getSimpleName());
        }
        int rank = AdapterForm.rank(basis);
        if (rank <= DecoderShape.MAX_RANK) return Optional.empty();
        return Optional.of(
                "kernels of its own apply adapters up to rank %d, not %d".formatted(DecoderShape.MAX_RANK, rank));
    }

    /** Puts these on the device, those that are not there. */
    void use(Collection<Policy> policies) {
        if (numbers.keySet().containsAll(policies)) return;
        Set<Policy> wanted = new HashSet<>(policies);
        wanted.removeIf(policy -> policy.basis() == null);
        for (Policy policy : wanted) take(policy.basis());
        wanted.removeAll(numbers.keySet());
        if (wanted.size() > free.size()) makeRoom(new HashSet<>(policies), wanted.size());
        for (Policy policy : wanted) {
            int number = free.remove();
            numbers.put(policy, number);
            decoder.core(number, form.cores(policy));
        }
    }

    /** Number of a policy's R; negative for the base alone. */
    int number(Policy policy) {
        return policy.basis() == null ? -1 : numbers.getOrDefault(policy, -1);
    }

    private void take(@Nullable Basis next) {
        if (next == null || next.frozen().equals(factors)) return;
        factors = next.frozen();
        form = new AdapterForm(shape, AdapterForm.rank(next));
        decoder.adapter(form.adapter(next.family()));
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
            decoder.core(number, form.cores(policy));
        }
    }
}
