package dev.thirteen.engine.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Numbers of a checkpoint as they lie in memory; a tensor is a list of them, one below the other. */
public record WeightPart(MemorySegment data, Type type) {
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

    float at(long i) {
        return switch (type) {
            case BF16 -> Float.intBitsToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * type.bytes) << 16);
            case F16 -> Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * type.bytes));
            case F32 -> data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * type.bytes);
            case F64 -> (float) data.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * type.bytes);
        };
    }
}
