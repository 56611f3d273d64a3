package dev.thirteen.kit;

import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.ValueType;
import java.util.Optional;

/**
 * An adapter as a message carried it, checked.
 *
 * @param spec shape of a run's adapter; empty for an imported one, whose basis tells its family
 * @param valueType number format of the values as sent
 * @param basisDigest digest of the basis that the values belong to
 * @param values trained values in the order of the basis, finite; not shared
 * @param digest "sha256:" and 64 hex digits over all of this
 */
public record AdapterByValue(
        Optional<TinyLoraSpec> spec, ValueType valueType, String basisDigest, float[] values, String digest) {}
