package dev.thirteen.core.placement;

import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which device each layer of a model lies on: layers in their order, each device a stretch of them, so that activations
 * move once from each device to the next. The embedding is the first device's, final norm and head the last one's.
 *
 * @param deviceOfLayer device of each layer, rising
 * @param bytes what each device holds: weights and cache
 */
public record PlacementPlan(List<Integer> deviceOfLayer, List<Long> bytes) {
    /**
     * What a model takes.
     *
     * @param layers bytes of each layer: its weights and its part of the key-value cache
     * @param embedding bytes of the embedding
     * @param head bytes of final norm and head
     * @param tied bytes of the head that are the embedding's: a device that has both holds them once
     */
    public record Demand(List<Long> layers, long embedding, long head, long tied) {
        public Demand {
            layers = List.copyOf(layers);
            if (layers.isEmpty()) throw new IllegalArgumentException("a model has layers");
        }

        /** Of a model whose head has weights of its own. */
        public Demand(List<Long> layers, long embedding, long head) {
            this(layers, embedding, head, 0);
        }

        long total() {
            return bytes(0, layers.size());
        }

        /** Bytes of a device that holds the layers from {@code begin} to before {@code end}. */
        private long bytes(int begin, int end) {
            boolean first = begin == 0;
            boolean last = end == layers.size();
            long bytes = (first ? embedding : 0) + (last ? head : 0) - (first && last ? tied : 0);
            for (int layer = begin; layer < end; layer++) bytes += layers.get(layer);
            return bytes;
        }
    }

    public PlacementPlan {
        deviceOfLayer = List.copyOf(deviceOfLayer);
        bytes = List.copyOf(bytes);
    }

    /**
     * The plan whose fullest device, as a share of its room, is emptiest. Of devices that are not needed the last ones stay
     * empty: a boundary costs time.
     *
     * @param room bytes that each device has for it, in the order in which activations move
     * @throws Failure CAPACITY when no plan fits, with what is missing
     */
    public static PlacementPlan of(Demand demand, List<Long> room) {
        for (int devices = 1; devices <= room.size(); devices++) {
            PlacementPlan plan = best(demand, room.subList(0, devices));
            if (plan != null && plan.fits(room)) return plan;
        }
        throw new Failure(
                Failure.Kind.CAPACITY,
                "the model needs %d bytes in whole layers, the %d devices have %s"
                        .formatted(demand.total(), room.size(), room));
    }

    private boolean fits(List<Long> room) {
        for (int d = 0; d < bytes.size(); d++) if (bytes.get(d) > room.get(d)) return false;
        return true;
    }

    /** By dynamic programming over (device, layers before it): the least possible largest share; null for too few layers. */
    private static @Nullable PlacementPlan best(Demand demand, List<Long> room) {
        int layers = demand.layers().size();
        int devices = room.size();
        if (devices > layers) return null;
        double[][] share = new double[devices + 1][layers + 1];
        int[][] from = new int[devices + 1][layers + 1];
        for (double[] row : share) Arrays.fill(row, Double.POSITIVE_INFINITY);
        share[0][0] = 0;
        for (int d = 1; d <= devices; d++) {
            for (int end = d; end <= layers; end++) {
                for (int begin = d - 1; begin < end; begin++) {
                    double own = (double) demand.bytes(begin, end) / room.get(d - 1);
                    double largest = Math.max(share[d - 1][begin], own);
                    if (largest < share[d][end]) {
                        share[d][end] = largest;
                        from[d][end] = begin;
                    }
                }
            }
        }
        return plan(demand, from, devices);
    }

    private static PlacementPlan plan(Demand demand, int[][] from, int devices) {
        Integer[] deviceOfLayer = new Integer[demand.layers().size()];
        Long[] bytes = new Long[devices];
        int end = deviceOfLayer.length;
        for (int d = devices; d > 0; d--) {
            int begin = from[d][end];
            Arrays.fill(deviceOfLayer, begin, end, d - 1);
            bytes[d - 1] = demand.bytes(begin, end);
            end = begin;
        }
        return new PlacementPlan(new ArrayList<>(Arrays.asList(deviceOfLayer)), Arrays.asList(bytes));
    }
}
