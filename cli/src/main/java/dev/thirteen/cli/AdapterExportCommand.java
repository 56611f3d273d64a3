package dev.thirteen.cli;

import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.ExportAdapterRequest;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen adapter export}. */
@Command(name = "export", description = "Write an adapter as a folder that PEFT, vLLM or transformers load.")
final class AdapterExportCommand implements Callable<Integer> {
    /** What the folder is for; the constants are spelled as a person writes them. */
    enum Format {
        peft,
        lora,
        merged;

        private AdapterFormat wire() {
            return switch (this) {
                case peft -> AdapterFormat.ADAPTER_FORMAT_PEFT;
                case lora -> AdapterFormat.ADAPTER_FORMAT_LORA;
                case merged -> AdapterFormat.ADAPTER_FORMAT_MERGED;
            };
        }
    }

    @Parameters(index = "0", paramLabel = "NAME@STEP", description = "The adapter; NAME alone means its latest step.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "DIR", description = "Folder to write.")
    private Path folder = Path.of("");

    @Option(
            names = "--format",
            defaultValue = "peft",
            paramLabel = "FORMAT",
            description = "peft: as Hugging Face PEFT loads it; lora: an equivalent plain LoRA, which vLLM and SGLang"
                    + " serve; merged: a whole checkpoint with the adapter in its weights. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.peft;

    @Option(names = "--force", description = "Replace an earlier export.")
    private boolean force;

    private final Session session;

    AdapterExportCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        PolicyName policy = PolicyName.parse(name);
        ExportAdapterRequest.Builder request =
                ExportAdapterRequest.newBuilder().setRun(policy.run()).setFormat(format.wire());
        policy.step().ifPresent(request::setStep);
        ExportFolder target = new ExportFolder(folder, force);
        return session.with(services -> {
            // Before the first byte comes, every weight of the model is added to.
            if (format == Format.merged) session.output().note("trainer-service merges " + policy.wire());
            ByteNotes progress = new ByteNotes(session.output()::note, "writing " + folder);
            target.write(services.adapters().exportAdapter(request.build()), progress::show);
            session.output().note("wrote " + folder);
            return CallFailure.OK;
        });
    }
}
