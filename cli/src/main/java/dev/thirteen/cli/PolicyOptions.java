package dev.thirteen.cli;

import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.policy.v1.BaseModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say which policy answers. */
final class PolicyOptions {
    @Option(
            names = {"-a", "--adapter"},
            paramLabel = "RUN@STEP",
            description = "Adapted policy, imported ones too; RUN alone means its latest step. Default: the base model"
                    + " alone.")
    private @Nullable String adapter;

    @Option(
            names = "--base",
            paramLabel = "FOLDER",
            description = "Base model: a folder here, or a name that the server knows. Needed where there is no"
                    + " --adapter, unless the server has a default model.")
    private @Nullable String base;

    Policy policy() {
        Policy.Builder policy = Policy.newBuilder();
        if (base != null) policy.setBaseModel(BaseModel.newBuilder().setFolder(Places.modelFolder(base)));
        if (adapter != null) policy.setName(PolicyName.parse(adapter).wire());
        return policy.build();
    }
}
