package dev.thirteen.engine.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers of a checkpoint as they lie in memory; a tensor is a list of them, one below the other. */
public record WeightPart(MemorySegment data, Type type) {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Number formats that weights are stored in. */
    public enum Type {
        BF16(Short.BYTES),
        F16(Short.BYTES),
        F32(Float.BYTES),
        F64(Double.BYTES);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }
    }

    /** How many there are. */
    public long count() {
        return data.byteSize() / type.bytes;
    }

    /** A number as fp32, which is exact for all but F64. */
    public float at(long i) {
        return switch (type) {
            case BF16 -> Float.intBitsToFloat(data.get(SHORT, i * type.bytes) << 16);
            case F16 -> Float.float16ToFloat(data.get(SHORT, i * type.bytes));
            case F32 -> data.get(FLOAT, i * type.bytes);
            case F64 -> (float) data.get(DOUBLE, i * type.bytes);
        };
    }
}
