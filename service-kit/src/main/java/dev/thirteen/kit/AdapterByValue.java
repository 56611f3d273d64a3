package dev.thirteen.kit;

import dev.thirteen.core.adapter.TinyLoraSpec;

/**
 * An adapter as a message carried it, checked.
 *
 * @param basisDigest digest of the basis that the values belong to
 * @param values trained values in slot order, finite; not shared
 * @param digest "sha256:" and 64 hex digits over spec, basis digest and values
 */
public record AdapterByValue(TinyLoraSpec spec, String basisDigest, float[] values, String digest) {}
