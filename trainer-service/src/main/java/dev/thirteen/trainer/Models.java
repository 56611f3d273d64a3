package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.training.v1.RunState;
import java.util.Map;
import java.util.function.Consumer;

/** All that the trainer asks of base models. */
interface Models {
    /** @throws Failure NOT_FOUND or CALLER when no base model can be in the folder; does not load it */
    void requireFolder(String folder);

    /**
     * Gathers what a run needs before its first request, or before it goes on after a restart. Takes seconds to minutes.
     *
     * @param activity told what is being done, in words
     * @throws Failure saying what cannot be had
     */
    Workload prepare(RunState record, Consumer<String> activity);

    /** The files of a PEFT folder for an adapter, by path. */
    Map<String, byte[]> export(BaseModel base, Adapter adapter);
}
