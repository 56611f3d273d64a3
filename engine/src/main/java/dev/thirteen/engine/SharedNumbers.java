package dev.thirteen.engine;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One array for all frozen factors of equal content, as long as anybody uses it: bases that differ in seed, u or tying hold
 * the same A and B. Shared by threads; the arrays are not to be changed.
 */
final class SharedNumbers {
    private static final Map<Integer, List<WeakReference<float[]>>> KNOWN = new HashMap<>();

    private static final int SWEEP = 1024;
    private static int added;

    private SharedNumbers() {}

    /** The array of this content. */
    static float[] of(float[] numbers) {
        int hash = Arrays.hashCode(numbers);
        synchronized (KNOWN) {
            List<WeakReference<float[]>> alike = KNOWN.computeIfAbsent(hash, _ -> new ArrayList<>());
            alike.removeIf(reference -> reference.get() == null);
            for (WeakReference<float[]> reference : alike) {
                float[] known = reference.get();
                if (known != null && Arrays.equals(known, numbers)) return known;
            }
            alike.add(new WeakReference<>(numbers));
            if (++added % SWEEP == 0) sweep();
            return numbers;
        }
    }

    /** Forgets what nobody uses any more. */
    private static void sweep() {
        KNOWN.values().forEach(alike -> alike.removeIf(reference -> reference.get() == null));
        KNOWN.values().removeIf(List::isEmpty);
    }
}
