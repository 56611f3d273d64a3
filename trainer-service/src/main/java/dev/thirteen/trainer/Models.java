package dev.thirteen.trainer;

import dev.thirteen.core.adapter.AdapterSize;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.RunState;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** All that the trainer asks of base models. */
interface Models {
    /**
     * What makes a spec impossible on its base model, as far as the folder's small files tell; loads nothing.
     *
     * @return bad fields; without a base model, or for a spec that is bad in itself, only what the folder tells
     */
    List<FieldProblem> problems(RunSpec spec);

    /** The modules of a base model, as its small files tell. @throws dev.thirteen.core.failure.Failure when there is none */
    ModelShape shape(String folder);

    /** The size of a valid spec's adapter on its base. @throws dev.thirteen.core.failure.Failure when there is none */
    AdapterSize size(RunSpec spec);

    /**
     * Refuses problems of which the longest leaves no room for an answer; reads the tokenizer, and no weights.
     *
     * @throws dev.thirteen.core.failure.Failure CALLER naming the problem
     */
    void requireRoom(RunSpec spec, List<Problem> problems);

    /**
     * Gathers what a run needs before its first request, or before it goes on after a restart. Takes seconds to minutes.
     *
     * @param activity told what is being done, in words
     * @throws dev.thirteen.core.failure.Failure saying what cannot be had
     */
    Workload prepare(RunState record, Consumer<String> activity);

    /**
     * Base and basis alone, to compute gradients.
     *
     * @param blobs gives the content of a digest
     * @throws dev.thirteen.core.failure.Failure saying what cannot be had
     */
    Trainable trainable(BaseModel named, String basisDigest, boolean deterministic, Function<String, byte[]> blobs);

    /**
     * Reads an adapter folder on its base. Its basis, and values too long for a message, become blobs.
     *
     * @param config text of adapter_config.json
     * @param tensorsDigest digest of the blob that holds adapter_model.safetensors
     * @return the adapter, without name and time
     * @throws dev.thirteen.core.failure.Failure CALLER saying what is wrong with the folder
     */
    NamedAdapter.Builder read(BaseModel base, String config, String tensorsDigest);

    /**
     * Writes the files of an adapter's folder.
     *
     * @throws dev.thirteen.core.failure.Failure CALLER when the format cannot hold the adapter
     */
    void export(NamedAdapter adapter, AdapterFormat format, Path folder);
}
