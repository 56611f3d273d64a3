package dev.thirteen.trainer;

import dev.thirteen.proto.training.v1.StepRecord;
import java.util.List;

/** Where the steps of runs are kept for ever. Shared by threads. */
interface StepLog {
    /**
     * Steps by their places.
     *
     * @param offsets of records in topic run-steps, ascending
     * @throws dev.thirteen.core.failure.Failure OUTSIDE when a record cannot be read
     */
    List<StepRecord> read(List<Long> offsets);
}
