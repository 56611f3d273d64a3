package dev.thirteen.engine;

import ai.djl.Device;
import ai.djl.pytorch.engine.PtNDManager;
import dev.thirteen.core.placement.PlacementPlan;
import dev.thirteen.core.placement.PlacementPlan.Demand;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where the layers of a model lie: each on the device of its weights, with its part of the cache and of the adapters. The
 * embedding is on the first device, final norm and head on the last. Programs carry activations over each boundary.
 *
 * @param devices those in use, in the order in which activations move
 * @param deviceOfLayer place in that list, layer by layer, rising
 */
record Placement(List<Device> devices, List<Integer> deviceOfLayer) {
    Placement {
        devices = List.copyOf(devices);
        deviceOfLayer = List.copyOf(deviceOfLayer);
    }

    /**
     * By core's plan.
     *
     * @param room bytes that each device has for weights, first device first; empty for all on the engine's own device
     * @throws dev.thirteen.core.failure.Failure CAPACITY when no plan fits, CALLER for devices that are not there
     */
    static Placement of(CheckpointTensors tensors, ModelConfig config, TensorType compute, List<Long> room) {
        if (room.isEmpty()) return one(config.layers());
        PlacementPlan plan = PlacementPlan.of(demand(tensors, config, compute), room);
        return new Placement(Torch.devices(plan.bytes().size()), plan.deviceOfLayer());
    }

    /** All layers on the engine's own device. */
    static Placement one(int layers) {
        return new Placement(List.of(Torch.device()), Collections.nCopies(layers, 0));
    }

    private static Demand demand(CheckpointTensors tensors, ModelConfig config, TensorType compute) {
        List<Long> shared =
                tensors.shared().stream().map(parts -> bytes(parts, compute)).toList();
        List<Long> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            int first = layer * ModelWeights.TENSORS_A_LAYER;
            layers.add(tensors.layers().subList(first, first + ModelWeights.TENSORS_A_LAYER).stream()
                    .mapToLong(parts -> bytes(parts, compute))
                    .sum());
        }
        long embedding = shared.getFirst();
        long norm = shared.get(1);
        return config.tied()
                ? new Demand(layers, embedding, norm + embedding, embedding)
                : new Demand(layers, embedding, norm + shared.get(2));
    }

    private static long bytes(List<StoredTensor> parts, TensorType compute) {
        return compute.bytes()
                * parts.stream().mapToLong(StoredTensor::elements).sum();
    }

    boolean single() {
        return devices.size() == 1;
    }

    /** Layers before which activations change the device, as programs name them. */
    String boundaries() {
        return IntStream.range(1, deviceOfLayer.size())
                .filter(layer -> !deviceOfLayer.get(layer).equals(deviceOfLayer.get(layer - 1)))
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(", ", "annotate(List[int], [", "])"));
    }

    /** New managers of native memory on every device; closing frees what they hold. */
    Memory memory() {
        return new Memory(devices.stream().map(Torch::newManager).toList());
    }

    /** A manager for each device. */
    final class Memory implements AutoCloseable {
        private final List<PtNDManager> managers;

        private Memory(List<PtNDManager> managers) {
            this.managers = managers;
        }

        PtNDManager first() {
            return managers.getFirst();
        }

        PtNDManager last() {
            return managers.getLast();
        }

        PtNDManager of(int layer) {
            return managers.get(deviceOfLayer.get(layer));
        }

        @Override
        public void close() {
            managers.forEach(PtNDManager::close);
        }
    }
}
