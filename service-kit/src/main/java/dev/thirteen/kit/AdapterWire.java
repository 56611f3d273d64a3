package dev.thirteen.kit;

import com.google.protobuf.ByteString;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.AdapterOrBuilder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Adapters between proto and core. What comes in is checked here, so that nothing behind the edge checks again. */
public final class AdapterWire {
    /** Longest values that travel inside a message, in bytes: more would dwarf the prompt. */
    public static final int MAX_INLINE_BYTES = 64 * 1024;

    /**
     * Everything but the values.
     *
     * @param spec empty for an adapter that is no TinyLoRA of a run
     */
    private record Head(Optional<TinyLoraSpec> spec, ValueType type, String basisDigest) {}

    private AdapterWire() {}

    /**
     * An adapter whose values the message holds, checked.
     *
     * @throws Failure CALLER for a bad shape, digest, length or a value that is not finite; CONFLICT when the adapter's
     *     digest is set and is not that of its content
     */
    public static AdapterByValue read(Adapter wire) {
        return read(wire, digest -> {
            throw field("adapter.values-digest", "is not taken here: send the values");
        });
    }

    /**
     * An adapter, checked.
     *
     * @param blobs gives the content of a digest, verified: values that the message does not hold
     * @throws Failure as {@link #read(Adapter)} and as {@code blobs} does
     */
    public static AdapterByValue read(Adapter wire, Function<String, byte[]> blobs) {
        Head head = head(wire);
        byte[] encoded = valuesDigest(wire).map(blobs).orElseGet(wire.getValues()::toByteArray);
        float[] values = PolicyWire.checked("adapter.values", () -> head.type().decode(encoded));
        if (values.length == 0) throw field("adapter.values", "is empty");
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw field("adapter.values", "value " + i + " is " + values[i])
                        .because(Failure.Reason.ADAPTER_NOT_FINITE);
            }
        }
        return new AdapterByValue(head.spec(), head.type(), head.basisDigest(), values, digest(wire));
    }

    /**
     * The digest of an adapter's content, which may be known without its values.
     *
     * @throws Failure CALLER for a bad shape or digest; CONFLICT when the adapter says another
     */
    public static String digest(Adapter wire) {
        Head head = head(wire);
        Optional<String> named = valuesDigest(wire);
        byte[] encoded = wire.getValues().toByteArray();
        String digest = head.spec()
                .map(spec -> digest(spec, head.basisDigest(), content(wire)))
                .orElseGet(
                        () -> digest(head.type(), head.basisDigest(), named.orElseGet(() -> Digests.sha256(encoded))));
        if (!wire.getDigest().isEmpty() && !wire.getDigest().equals(digest)) {
            throw new Failure(
                    Failure.Kind.CONFLICT,
                    "the adapter says digest " + wire.getDigest() + ", its content has " + digest);
        }
        return digest;
    }

    /** A TinyLoRA of a run as sent: the values rounded to the shape's number format, with its digest. */
    public static Adapter of(TinyLoraSpec spec, String basisDigest, float[] values) {
        return of(spec, basisDigest, values, Digests::sha256);
    }

    /**
     * The same, with long values apart.
     *
     * @param store keeps values that are too long for a message and gives their digest
     */
    public static Adapter of(TinyLoraSpec spec, String basisDigest, float[] values, Function<byte[], String> store) {
        byte[] encoded = spec.valueType().encode(values);
        Adapter.Builder adapter =
                Adapter.newBuilder().setTinylora(PolicyWire.spec(spec)).setBasisDigest(basisDigest);
        setValues(adapter, encoded, store);
        return adapter.setDigest(digest(spec, basisDigest, content(adapter))).build();
    }

    private static void setValues(Adapter.Builder adapter, byte[] encoded, Function<byte[], String> store) {
        if (encoded.length > MAX_INLINE_BYTES) adapter.setValuesDigest(store.apply(encoded));
        else adapter.setValues(ByteString.copyFrom(encoded));
    }

    /** What stands for the values in the digest of a TinyLoRA. */
    private static byte[] content(AdapterOrBuilder wire) {
        return wire.getValuesDigest().isEmpty()
                ? wire.getValues().toByteArray()
                : wire.getValuesDigest().getBytes(StandardCharsets.UTF_8);
    }

    /** Number format of an adapter's values. @throws Failure CALLER when it is not set */
    public static ValueType valueType(Adapter wire) {
        return PolicyWire.valueType(wire.hasTinylora() ? wire.getTinylora().getValueType() : wire.getValueType());
    }

    /**
     * An adapter of another family as sent: the values rounded to the number format, with its digest.
     *
     * @param store keeps values that are too long for a message and gives their digest
     */
    public static Adapter of(ValueType type, String basisDigest, float[] values, Function<byte[], String> store) {
        byte[] encoded = type.encode(values);
        Adapter.Builder adapter =
                Adapter.newBuilder().setBasisDigest(basisDigest).setValueType(PolicyWire.valueType(type));
        setValues(adapter, encoded, store);
        String apart = adapter.getValuesDigest();
        return adapter.setDigest(digest(type, basisDigest, apart.isEmpty() ? Digests.sha256(encoded) : apart))
                .build();
    }

    private static Head head(Adapter wire) {
        String basis = wire.getBasisDigest();
        if (wire.hasTinylora()) {
            if (wire.getValueTypeValue() != 0) throw beside("adapter.value-type");
            TinyLoraSpec spec = PolicyWire.spec(wire.getTinylora());
            return new Head(Optional.of(spec), spec.valueType(), Digests.require("adapter.basis-digest", basis));
        }
        if (wire.getValueTypeValue() == 0) {
            throw field("adapter.tinylora", "is not set, and neither is adapter.value-type");
        }
        ValueType type = PolicyWire.valueType(wire.getValueType());
        return new Head(Optional.empty(), type, Digests.require("adapter.basis-digest", basis));
    }

    private static Optional<String> valuesDigest(Adapter wire) {
        if (wire.getValuesDigest().isEmpty()) return Optional.empty();
        if (!wire.getValues().isEmpty()) {
            throw field("adapter.values-digest", "must not be set beside adapter.values");
        }
        return Optional.of(Digests.require("adapter.values-digest", wire.getValuesDigest()));
    }

    /** Over a text of our own, since protobuf promises no canonical bytes. */
    private static String digest(TinyLoraSpec spec, String basisDigest, byte[] encoded) {
        String text = String.format(
                Locale.ROOT,
                "tinylora r=%d u=%d tying=%s n-tie=%d sigma=%s seed=%d type=%s%s\n%s\n",
                spec.rank(),
                spec.u(),
                spec.tying(),
                spec.tieSize(),
                spec.sigmaForm(),
                spec.projectionSeed(),
                spec.valueType(),
                spec.targets().all() ? "" : " targets=" + spec.targets(),
                basisDigest);
        return Digests.sha256(text.getBytes(StandardCharsets.UTF_8), encoded);
    }

    /** Over the digest of the values, so that it is the same wherever these are. The basis tells the family. */
    private static String digest(ValueType type, String basisDigest, String valuesDigest) {
        String text = "imported type=%s\n%s\n%s\n".formatted(type, basisDigest, valuesDigest);
        return Digests.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Failure beside(String path) {
        return field(path, "must not be set beside adapter.tinylora");
    }

    private static Failure field(String path, String problem) {
        return Failure.fields(List.of(new FieldProblem(path, problem)));
    }
}
