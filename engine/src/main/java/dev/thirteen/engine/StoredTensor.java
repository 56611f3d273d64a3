package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor as a file stores it, row-major and little-endian.
 *
 * @param data bytes of the tensor; a view of the file while it is open, or an array of its own
 */
record StoredTensor(String name, TensorType type, long[] shape, MemorySegment data) {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** A tensor of fp32 numbers. */
    static StoredTensor of(String name, float[] numbers, long... shape) {
        byte[] bytes = new byte[Math.multiplyExact(numbers.length, 4)];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        for (int i = 0; i < numbers.length; i++) segment.set(FLOAT, 4L * i, numbers[i]);
        return new StoredTensor(name, TensorType.F32, shape, segment);
    }

    long elements() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** The numbers as fp32, which is exact for bf16 and fp16. */
    float[] floats() {
        float[] numbers = new float[Math.toIntExact(elements())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = switch (type) {
                case F32 -> data.get(FLOAT, 4L * i);
                case BF16 -> Float.intBitsToFloat(data.get(SHORT, 2L * i) << 16);
                case F16 -> Float.float16ToFloat(data.get(SHORT, 2L * i));
                case F64 -> (float) data.get(DOUBLE, 8L * i);
                default ->
                    throw new Failure(Failure.Kind.CALLER, "tensor %s is %s, no real numbers".formatted(name, type));
            };
        }
        return numbers;
    }
}
