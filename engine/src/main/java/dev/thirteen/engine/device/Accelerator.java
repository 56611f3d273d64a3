package dev.thirteen.engine.device;

import dev.thirteen.core.failure.Failure;
import java.util.Map;
import java.util.ServiceLoader;

/** A maker's devices: the engine finds it as a service and knows it by this alone. */
public interface Accelerator {
    /**
     * The one on the class path.
     *
     * @throws Failure OUTSIDE where there is none
     */
    static Accelerator find() {
        return ServiceLoader.load(Accelerator.class, Accelerator.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new Failure(Failure.Kind.OUTSIDE, "the engine was built without an accelerator"));
    }

    /** What builds and logs call its devices, in one word. */
    String name();

    /** Variables that libtorch must find in the environment, by name; those that are set stay as they are. */
    Map<String, String> environment();

    /**
     * Bytes of the first device's memory that nobody has taken.
     *
     * @throws Failure when a library or a function is missing
     */
    long freeBytes();

    /**
     * Kernels that decode.
     *
     * @param maxRows largest number of rows of a step
     * @param logits device memory for [{@link DeviceDecoder#size} of maxRows, {@link DecoderShape#logits()}] bf16 numbers
     * @throws Failure when a library, a function or memory is missing
     */
    DeviceDecoder decoder(DecoderShape shape, DecoderAddresses addresses, int maxRows, long logits);

    /**
     * Kernels for gradients.
     *
     * @param tokens most of a pass
     * @param keepWide whether gate and up are kept for the way back, the largest part of memory, or computed again
     * @throws Failure when a library, a function or memory is missing
     */
    DeviceBackward backward(
            DecoderShape shape,
            DecoderAddresses addresses,
            DeviceAdapter adapter,
            int tokens,
            boolean keepWide,
            DeviceBackward.Tensors tensors);
}
