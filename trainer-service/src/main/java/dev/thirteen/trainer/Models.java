package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.training.v1.RunState;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** All that the trainer asks of base models. */
interface Models {
    /**
     * What makes a spec impossible on its base model, as far as the folder's small files tell; loads nothing.
     *
     * @return bad fields; without a base model, or for a spec that is bad in itself, only what the folder tells
     */
    List<FieldProblem> problems(RunSpec spec);

    /**
     * Gathers what a run needs before its first request, or before it goes on after a restart. Takes seconds to minutes.
     *
     * @param activity told what is being done, in words
     * @throws dev.thirteen.core.failure.Failure saying what cannot be had
     */
    Workload prepare(RunState record, Consumer<String> activity);

    /** The files of a PEFT folder for an adapter, by path. */
    Map<String, byte[]> export(BaseModel base, Adapter adapter);
}
