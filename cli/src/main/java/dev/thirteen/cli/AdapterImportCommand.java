package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.RunName;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.ImportAdapterRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen adapter import}. */
@Command(
        name = "import",
        description =
                "Give an adapter folder, as Hugging Face PEFT saves them, a name that every service knows: NAME@1.")
final class AdapterImportCommand implements Callable<Integer> {
    /** Loading the base may take most of it. */
    private static final int ANSWER_MINUTES = 10;

    @Parameters(paramLabel = "FOLDER", description = "Folder with adapter_config.json and adapter_model.safetensors.")
    private Path folder = Path.of("");

    @Option(names = "--name", paramLabel = "NAME", description = "Name to have. Default: the folder's, if it is one.")
    private @Nullable String name;

    @Option(
            names = {"--base-model", "--base"},
            paramLabel = "DIR|NAME",
            description = "Base model that it was trained on: a folder here, or a name that the server knows."
                    + " Default: what the folder's config names.")
    private @Nullable String base;

    private final Session session;

    AdapterImportCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        AdapterFiles files = AdapterFiles.read(folder);
        ImportAdapterRequest request = ImportAdapterRequest.newBuilder()
                .setName(name())
                .setBaseModel(BaseModel.newBuilder().setFolder(base(files)))
                .setConfig(files.config())
                .setTensorsDigest(files.digest())
                .build();
        return session.with(services -> {
            ByteNotes progress = new ByteNotes(session.output()::note, "uploading " + AdapterFiles.TENSORS);
            BlobUpload.put(
                    services.trainer(),
                    request.getTensorsDigest(),
                    files.tensors(),
                    sent -> progress.show(sent, files.tensors().limit()));
            NamedAdapter adapter = imported(services, request);
            session.print(adapter, () -> "imported " + AdapterTexts.sentence(adapter) + "\n");
            return CallFailure.OK;
        });
    }

    private NamedAdapter imported(Services services, ImportAdapterRequest request) {
        try {
            return services.adapters()
                    .withDeadlineAfter(ANSWER_MINUTES, TimeUnit.MINUTES)
                    .importAdapter(request)
                    .getAdapter();
        } catch (StatusRuntimeException e) {
            if (base != null || e.getStatus().getCode() != Status.Code.NOT_FOUND) throw e;
            throw new Failure(
                    Failure.Kind.NOT_FOUND,
                    e.getStatus().getDescription() + " (the folder's config names it; say --base-model DIR|NAME)",
                    e);
        }
    }

    private String name() {
        String wanted = name != null
                ? name
                : String.valueOf(folder.toAbsolutePath().normalize().getFileName());
        if (RunName.fits(wanted)) return wanted;
        String advice = name != null ? "" : " (the folder's; say --name NAME)";
        throw new Failure(Failure.Kind.CALLER, "the name '" + wanted + "' " + RunName.RULE + advice);
    }

    private String base(AdapterFiles files) {
        String named = base != null ? base : files.base();
        if (!named.isBlank()) return Places.modelFolder(named);
        throw new Failure(Failure.Kind.CALLER, "the folder's config names no base model: say --base-model DIR|NAME");
    }
}
