package dev.thirteen.core.batch;

/** The shape of the cache for a load. It changes seldom, since all that it holds is copied then. */
record ShapePlan(BatchLimits limits, CacheShape now) {
    /** Lengths are multiples of this many tokens, where there is room. */
    private static final int STEP = 64;

    /** @param kept rows that have ended and keep their places as long as there is room */
    CacheShape shape(BatchLoad load, int kept) {
        int rows = Math.toIntExact(load.rows());
        boolean longEnough = load.length() <= now.tokens();
        if (rows == 0 || (longEnough && rows + kept <= now.rows())) return now;
        int tokens = longEnough && (long) rows * now.tokens() <= limits.maxTokens() ? now.tokens() : tokens(load);
        int wanted = rows + kept <= now.rows() ? now.rows() : Math.max(2 * now.rows(), rows + kept);
        long most = Math.min(limits.maxTokens() / tokens, limits.shares() ? 2L * limits.maxRows() : limits.maxRows());
        return new CacheShape(Math.toIntExact(Math.max(rows, Math.min(wanted, most))), tokens);
    }

    private int tokens(BatchLoad load) {
        int round = (load.promised() + STEP - 1) / STEP * STEP;
        return Math.toIntExact(Math.min(round, limits.maxTokens() / load.rows()));
    }
}
