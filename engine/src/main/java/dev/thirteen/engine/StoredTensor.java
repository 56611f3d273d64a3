package dev.thirteen.engine;

import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.cpu.WeightPart;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor as a file stores it, row-major and little-endian.
 *
 * @param data bytes of the tensor; a view of the file while it is open, or an array of its own
 */
public record StoredTensor(String name, TensorType type, long[] shape, MemorySegment data) {
    /** A tensor of fp32 numbers. */
    static StoredTensor of(String name, float[] numbers, long... shape) {
        return of(name, TensorType.F32, numbers, shape);
    }

    /** A tensor of numbers rounded to a value format. */
    static StoredTensor of(String name, ValueType type, float[] numbers, long... shape) {
        return switch (type) {
            case FP32 -> of(name, TensorType.F32, numbers, shape);
            case BF16 -> of(name, TensorType.BF16, numbers, shape);
            case FP16 -> of(name, TensorType.F16, numbers, shape);
        };
    }

    /** A tensor of numbers rounded to one of the formats of weights. */
    static StoredTensor of(String name, TensorType type, float[] numbers, long... shape) {
        byte[] bytes = switch (type) {
            case F32 -> ValueType.FP32.encode(numbers);
            case BF16 -> ValueType.BF16.encode(numbers);
            case F16 -> ValueType.FP16.encode(numbers);
            default -> throw new Failure(Failure.Kind.CALLER, "tensor %s is %s".formatted(name, type));
        };
        return new StoredTensor(name, type, shape, MemorySegment.ofArray(bytes));
    }

    /** Product of the shape. */
    public long elements() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** The numbers as fp32, which is exact for bf16 and fp16. */
    public float[] floats() {
        float[] numbers = new float[Math.toIntExact(elements())];
        WeightPart part = part();
        for (int i = 0; i < numbers.length; i++) numbers[i] = part.at(i);
        return numbers;
    }

    /** The numbers where they lie, to be read one by one. */
    WeightPart part() {
        return new WeightPart(
                data,
                switch (type) {
                    case F32 -> WeightPart.Type.F32;
                    case BF16 -> WeightPart.Type.BF16;
                    case F16 -> WeightPart.Type.F16;
                    case F64 -> WeightPart.Type.F64;
                    default ->
                        throw new Failure(
                                Failure.Kind.CALLER, "tensor %s is %s, no real numbers".formatted(name, type));
                });
    }
}
