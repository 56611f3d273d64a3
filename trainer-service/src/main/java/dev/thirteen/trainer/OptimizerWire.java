package dev.thirteen.trainer;

import com.google.common.primitives.Floats;
import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.training.TrainedState;
import dev.thirteen.core.training.TrainedState.Averages;
import dev.thirteen.proto.training.v1.OptimizerState;
import dev.thirteen.proto.training.v1.RunState;

/** What the optimizer goes on with, between core and proto. */
final class OptimizerWire {
    private OptimizerWire() {}

    /** A state, and how many steps in a row changed nothing. */
    record Kept(TrainedState state, int skippedInARow) {}

    /** Bytes of a state's numbers. */
    static long bytes(TrainedState state) {
        long numbers = 3L * state.adam().master().length + 2L * state.averages().sensitivity().length;
        return numbers * Float.BYTES;
    }

    static OptimizerState optimizer(TrainedState state, int skippedInARow) {
        OptimizerState.Builder optimizer = OptimizerState.newBuilder()
                .addAllMaster(Floats.asList(state.adam().master()))
                .addAllFirstMoment(Floats.asList(state.adam().first()))
                .addAllSecondMoment(Floats.asList(state.adam().second()))
                .setUpdates(state.adam().step())
                .setSkippedInARow(skippedInARow);
        Averages averages = state.averages();
        if (averages.sensitivity().length > 0) {
            optimizer
                    .getAveragesBuilder()
                    .addAllSensitivity(Floats.asList(averages.sensitivity()))
                    .addAllUncertainty(Floats.asList(averages.uncertainty()));
        }
        return optimizer.build();
    }

    static Kept kept(OptimizerState optimizer) {
        TrainedState state = new TrainedState(
                new AdamState(
                        Floats.toArray(optimizer.getMasterList()),
                        Floats.toArray(optimizer.getFirstMomentList()),
                        Floats.toArray(optimizer.getSecondMomentList()),
                        optimizer.getUpdates()),
                new Averages(
                        Floats.toArray(optimizer.getAverages().getSensitivityList()),
                        Floats.toArray(optimizer.getAverages().getUncertaintyList())));
        return new Kept(state, optimizer.getSkippedInARow());
    }

    /** What a record holds itself. */
    static OptimizerState held(RunState record) {
        OptimizerState.Builder optimizer = OptimizerState.newBuilder()
                .addAllMaster(record.getMasterList())
                .addAllFirstMoment(record.getFirstMomentList())
                .addAllSecondMoment(record.getSecondMomentList())
                .setUpdates(record.hasOptimizerUpdates() ? record.getOptimizerUpdates() : record.getStep())
                .setSkippedInARow(record.getSkippedInARow());
        if (record.hasAverages()) optimizer.setAverages(record.getAverages());
        return optimizer.build();
    }

    /** What a record holds, or names. @throws dev.thirteen.core.failure.Failure NOT_FOUND when nobody has it any more */
    static Kept of(RunState record, BlobReads blobs) {
        return record.getOptimizerDigest().isEmpty()
                ? kept(held(record))
                : blobs.read(record.getOptimizerDigest(), StateFile::read);
    }
}
