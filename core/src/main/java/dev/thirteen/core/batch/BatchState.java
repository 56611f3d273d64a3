package dev.thirteen.core.batch;

import java.util.List;

/**
 * All that a plan depends on.
 *
 * @param shape of the cache
 * @param running groups that have rows in the cache, oldest first
 * @param waiting groups that have none, in the order in which they get them; younger than those that run
 * @param kept rows that have ended, least recently used first; each takes a row of the cache
 */
public record BatchState(CacheShape shape, List<BatchGroup> running, List<BatchGroup> waiting, List<KeptPrompt> kept) {
    public BatchState {
        running = List.copyOf(running);
        waiting = List.copyOf(waiting);
        kept = List.copyOf(kept);
    }
}
