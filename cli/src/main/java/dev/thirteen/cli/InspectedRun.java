package dev.thirteen.cli;

import dev.thirteen.cli.inspect.Movement;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A step of a run whose numbers are looked at.
 *
 * @param movement its basis
 * @param values trained numbers; not to be changed
 */
record InspectedRun(String name, RunSpec run, NamedAdapter adapter, Movement movement, float[] values) {
    /** Fetches it. @throws Failure CALLER when it is no TinyLoRA */
    static InspectedRun of(Services services, PolicyName policy) {
        RunSpec run = services.training()
                .getRun(GetRunRequest.newBuilder().setName(policy.run()).build())
                .getRun()
                .getState()
                .getSpec();
        GetAdapterRequest.Builder request = GetAdapterRequest.newBuilder().setRun(policy.run());
        policy.step().ifPresent(request::setStep);
        NamedAdapter named = services.adapters().getAdapter(request.build()).getAdapter();
        String name = policy.run() + "@" + named.getPolicyVersion().getStep();
        if (!named.getAdapter().hasTinylora() || named.getAdapter().getValues().isEmpty()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    name + " is a " + named.getFamily() + " of " + named.getTrainedNumbers()
                            + " numbers: inspect looks at TinyLoRA runs of up to 64 KiB");
        }
        TinyLoraSpec spec = spec(named.getAdapter().getTinylora());
        return new InspectedRun(
                name,
                run,
                named,
                movement(services, named.getAdapter().getBasisDigest(), spec),
                spec.valueType().decode(named.getAdapter().getValues().toByteArray()));
    }

    private static Movement movement(Services services, String digest, TinyLoraSpec spec) {
        try {
            Path file = Files.createTempFile("basis-", ".safetensors");
            try {
                BlobDownload.to(services, digest, file);
                return Movement.read(file, spec);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "basis " + digest + " cannot be kept: " + e.getMessage(), e);
        }
    }

    private static TinyLoraSpec spec(dev.thirteen.proto.policy.v1.TinyLoraSpec wire) {
        return new TinyLoraSpec(
                wire.getRank(),
                wire.getU(),
                Tying.valueOf(wire.getTying().name().replace("TYING_", "")),
                Math.max(1, wire.getNTie()),
                SigmaForm.valueOf(wire.getSigmaForm().name().replace("SIGMA_FORM_", "")),
                wire.getProjectionSeed(),
                ValueType.valueOf(wire.getValueType().name().replace("VALUE_TYPE_", "")),
                new TargetModules(wire.getTargetModulesList(), wire.getTargetPattern()));
    }

    int u() {
        return adapter.getAdapter().getTinylora().getU();
    }

    ValueType type() {
        return spec(adapter.getAdapter().getTinylora()).valueType();
    }
}
