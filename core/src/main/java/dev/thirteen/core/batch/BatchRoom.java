package dev.thirteen.core.batch;

/**
 * What a decoder holds at one moment, to be asked about one more group and one more after it.
 *
 * @param open whether all that wait start with the next step
 */
public record BatchRoom(BatchLoad load, boolean open) {
    /** Whether a group would start with the next step, after all that wait. */
    public boolean accepts(BatchGroup group) {
        return open && (load.limits().alone() || load.with(group).fits());
    }

    /** The same when a group that was accepted waits too. */
    public BatchRoom with(BatchGroup group) {
        return new BatchRoom(load.with(group), !load.limits().alone());
    }
}
