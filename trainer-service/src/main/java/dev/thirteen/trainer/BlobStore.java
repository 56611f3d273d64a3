package dev.thirteen.trainer;

import dev.thirteen.core.training.TrainedState;

/** Keeps what is too long for a record, which then names it by digest. */
@FunctionalInterface
interface BlobStore {
    /** @return the digest */
    String put(byte[] content);

    /** @return the digest of the state */
    default String put(TrainedState state, int skippedInARow) {
        return put(OptimizerWire.optimizer(state, skippedInARow).toByteArray());
    }
}
