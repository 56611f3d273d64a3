package dev.thirteen.rollout;

import java.util.HashMap;
import java.util.Map;

/** Bytes that are held at once, together and of each tenant that has a part of them. Shared by threads. */
final class HeldBytes {
    private final long most;
    private final Map<String, Long> own = new HashMap<>();
    private long all;

    /** @param most of all together */
    HeldBytes(long most) {
        this.most = most;
    }

    /** What becomes of a piece. */
    enum Room {
        /** It is held. */
        TAKEN,
        /** There is none for anybody. */
        FULL,
        /** The tenant has its part. */
        PART_FULL
    }

    /**
     * Takes a piece of something, whose pieces are given back together. What a tenant holds alone is bounded by all together only,
     * as a call is that alone waits of its tenant.
     *
     * @param held bytes of the same thing
     */
    synchronized Room take(DecodeTask.Turn turn, long held, int more) {
        if (all + more > most) return Room.FULL;
        if (parted(turn)) {
            long before = own.getOrDefault(turn.tenant(), 0L);
            if (before > held && before + more > Math.ceil(most * turn.queueShare())) return Room.PART_FULL;
            own.put(turn.tenant(), before + more);
        }
        all += more;
        return Room.TAKEN;
    }

    /** Gives back what was taken in a turn. */
    synchronized void giveBack(DecodeTask.Turn turn, long bytes) {
        all -= bytes;
        if (parted(turn)) own.computeIfPresent(turn.tenant(), (_, held) -> held == bytes ? null : held - bytes);
    }

    synchronized long bytes() {
        return all;
    }

    /** Who may fill all is not counted: it may be somebody who works for no tenant. */
    private static boolean parted(DecodeTask.Turn turn) {
        return turn.queueShare() < 1;
    }
}
