package dev.thirteen.engine;

/** What has a row of the cache: a sample that runs, or one that has ended and is kept. */
abstract sealed class CacheRow permits DecodeRow, KeptRow {
    static final int NOWHERE = -1;

    private int place = NOWHERE;

    /** Its row in the cache. */
    final int place() {
        return place;
    }

    final void place(int row) {
        place = row;
    }

    /** Tokens whose keys and values the row holds, from the first on. */
    abstract int held();
}
