package dev.thirteen.trainer;

import com.google.common.primitives.Floats;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.training.TrainedState;
import dev.thirteen.core.training.TrainedState.Averages;
import dev.thirteen.proto.training.v1.OptimizerState;
import dev.thirteen.proto.training.v1.RunState;
import java.util.function.Function;

/** What the optimizer goes on with, between core and proto. */
final class OptimizerWire {
    private OptimizerWire() {}

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

    static TrainedState state(OptimizerState optimizer) {
        return new TrainedState(
                new AdamState(
                        Floats.toArray(optimizer.getMasterList()),
                        Floats.toArray(optimizer.getFirstMomentList()),
                        Floats.toArray(optimizer.getSecondMomentList()),
                        optimizer.getUpdates()),
                new Averages(
                        Floats.toArray(optimizer.getAverages().getSensitivityList()),
                        Floats.toArray(optimizer.getAverages().getUncertaintyList())));
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

    /** What a record holds, or names. @throws Failure NOT_FOUND when nobody has it any more */
    static OptimizerState of(RunState record, Function<String, byte[]> blobs) {
        return record.getOptimizerDigest().isEmpty() ? held(record) : read(record.getOptimizerDigest(), blobs);
    }

    static OptimizerState read(String digest, Function<String, byte[]> blobs) {
        try {
            return OptimizerState.parseFrom(blobs.apply(digest));
        } catch (InvalidProtocolBufferException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "blob " + digest + " is no state of an optimizer", e);
        }
    }
}
