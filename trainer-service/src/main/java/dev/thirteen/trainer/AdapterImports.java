package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.run.RunName;
import dev.thirteen.kit.Caller;
import dev.thirteen.proto.policy.v1.ImportAdapterRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Gives adapter folders names. */
@Singleton
class AdapterImports {
    private final RunIndex index;
    private final Models models;
    private final Blobs blobs;
    private final TrainerLoop loop;

    AdapterImports(RunIndex index, Models models, Blobs blobs, TrainerLoop loop) {
        this.index = index;
        this.models = models;
        this.blobs = blobs;
        this.loop = loop;
    }

    /**
     * Reads a folder, keeps it and records it; returns when it is in the topic.
     *
     * @throws Failure CALLER for bad fields and for a folder that does not fit its base, EXISTS
     */
    NamedAdapter take(Caller caller, ImportAdapterRequest request) {
        check(caller, request);
        // Said before minutes are spent; the loop has the last word.
        index.requireNoRun(request.getName());
        NamedAdapter adapter = models.read(request.getBaseModel(), request.getConfig(), request.getTensorsDigest())
                .setPolicyVersion(Records.version(request.getName(), NamedAdapters.IMPORTED_STEP))
                .setCommittedUnixNano(Records.nanos(InstantSource.system().instant()))
                .build();
        return Calls.await(loop.keep(adapter));
    }

    private void check(Caller caller, ImportAdapterRequest request) {
        List<FieldProblem> problems = new ArrayList<>();
        String name = RunName.fits(request.getName()) ? caller.problem(request.getName()) : RunName.RULE;
        if (!name.isEmpty()) problems.add(new FieldProblem("name", name));
        if (request.getBaseModel().getFolder().isBlank()) {
            problems.add(new FieldProblem("base-model.folder", "must name a folder"));
        }
        if (request.getConfig().isBlank()) {
            problems.add(new FieldProblem("config", "must hold the text of adapter_config.json"));
        }
        if (!blobs.contains(request.getTensorsDigest())) {
            problems.add(new FieldProblem("tensors-digest", "there is no such file: put it first (PutBlob)"));
        }
        if (!problems.isEmpty()) throw Failure.fields(problems);
    }
}
