package dev.thirteen.engine;

import java.util.Arrays;
import java.util.Optional;

/** Number formats of safetensors files. */
public enum TensorType {
    F64("F64", 8, 7),
    F32("F32", 4, 6),
    F16("F16", 2, 5),
    BF16("BF16", 2, 15),
    I64("I64", 8, 4),
    I32("I32", 4, 3),
    I16("I16", 2, 2),
    I8("I8", 1, 1),
    U64("U64", 8, -1),
    U32("U32", 4, -1),
    U16("U16", 2, -1),
    U8("U8", 1, 0),
    BOOL("BOOL", 1, 11),
    F8_E4M3("F8_E4M3", 1, -1),
    F8_E5M2("F8_E5M2", 1, -1);

    private final String tag;
    private final int bytes;
    private final int code;

    TensorType(String tag, int bytes, int code) {
        this.tag = tag;
        this.bytes = bytes;
        this.code = code;
    }

    /** The name in a file's header. */
    public String tag() {
        return tag;
    }

    /** Bytes of one number. */
    int bytes() {
        return bytes;
    }

    /** libtorch's number of the format (c10::ScalarType); -1 for those that the engine does not compute with. */
    int code() {
        return code;
    }

    /** Whether weights may be stored in it. */
    public boolean isWeight() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    static Optional<TensorType> of(String tag) {
        return Arrays.stream(values()).filter(type -> type.tag.equals(tag)).findFirst();
    }
}
