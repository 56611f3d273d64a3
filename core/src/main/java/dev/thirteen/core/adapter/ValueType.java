package dev.thirteen.core.adapter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Number format of adapter values as stored and sent; little-endian. */
public enum ValueType {
    FP32(4),
    BF16(2),
    FP16(2);

    private final int bytes;

    ValueType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one value. */
    public int bytes() {
        return bytes;
    }

    /** The nearest value of this format, ties to even. */
    public float round(float value) {
        return switch (this) {
            case FP32 -> value;
            case BF16 -> Float.intBitsToFloat(bf16Bits(value) << 16);
            case FP16 -> Float.float16ToFloat(Float.floatToFloat16(value));
        };
    }

    /** The values rounded to this format. */
    public float[] round(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) rounded[i] = round(values[i]);
        return rounded;
    }

    /** The values as bytes, rounded to this format. */
    public byte[] encode(float[] values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (this) {
                case FP32 -> buffer.putFloat(value);
                case BF16 -> buffer.putShort((short) bf16Bits(value));
                case FP16 -> buffer.putShort(Float.floatToFloat16(value));
            }
        }
        return buffer.array();
    }

    /**
     * The values that the bytes hold.
     *
     * @throws IllegalArgumentException when the length is no multiple of {@link #bytes()}
     */
    public float[] decode(byte[] encoded) {
        if (encoded.length % bytes != 0) {
            throw new IllegalArgumentException(encoded.length + " bytes are no whole number of " + this + " values");
        }
        ByteBuffer buffer = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[encoded.length / bytes];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (this) {
                case FP32 -> buffer.getFloat();
                case BF16 -> Float.intBitsToFloat(buffer.getShort() << 16);
                case FP16 -> Float.float16ToFloat(buffer.getShort());
            };
        }
        return values;
    }

    private static int bf16Bits(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) return 0x7fc0;
        return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    }
}
