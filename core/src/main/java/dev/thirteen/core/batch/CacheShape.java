package dev.thirteen.core.batch;

/**
 * Shape of a key-value cache.
 *
 * @param tokens that each row has room for
 */
public record CacheShape(int rows, int tokens) {
    /** Of a cache that holds no memory yet. */
    public static final CacheShape EMPTY = new CacheShape(0, 0);
}
