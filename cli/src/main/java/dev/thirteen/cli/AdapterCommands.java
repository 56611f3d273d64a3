package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.ListAdaptersRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen adapter}: the committed steps of runs, and imported folders. */
@Command(
        name = "adapter",
        description = "List, show, export and import adapters.",
        subcommands = {
            AdapterCommands.List.class,
            AdapterCommands.Show.class,
            AdapterExportCommand.class,
            AdapterImportCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen adapter list tiny-arithmetic",
            "  bin/thirteen adapter show tiny-arithmetic@60",
            "  bin/thirteen adapter show tiny-arithmetic@60 --values trained.bf16",
            "  bin/thirteen adapter export tiny-arithmetic@latest exported/",
            "  bin/thirteen adapter export tiny-arithmetic@60 whole-model/ --format merged",
            "  bin/thirteen adapter import ~/my-lora --name my-lora --base-model models/tiny-arithmetic"
        })
final class AdapterCommands {
    AdapterCommands(Session session) {}

    @Command(
            name = "list",
            description = "List the steps of a run, or the latest of every run and every imported adapter.")
    static final class List implements Callable<Integer> {
        @Parameters(
                arity = "0..1",
                paramLabel = "NAME",
                description = "Name of the run or of the import. Default: all.")
        private String run = "";

        private final Session session;

        List(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            return session.with(services -> {
                java.util.List<NamedAdapter> adapters = services.adapters()
                        .listAdapters(
                                ListAdaptersRequest.newBuilder().setRun(run).build())
                        .getAdaptersList();
                if (session.json()) {
                    adapters.forEach(session.output()::json);
                } else {
                    session.output().text(AdapterTexts.table(adapters));
                }
                return CallFailure.OK;
            });
        }
    }

    @Command(name = "show", description = "Show an adapter: its shape, its digests and its numbers.")
    static final class Show implements Callable<Integer> {
        @Parameters(paramLabel = "NAME@STEP", description = "The adapter; NAME alone means its latest step.")
        private String name = "";

        @Option(
                names = "--values",
                paramLabel = "FILE",
                description = "Write the trained numbers into FILE, all of them, as they are: little-endian, in the"
                        + " adapter's number format.")
        private @Nullable Path values;

        @Option(names = "--force", description = "Replace FILE.")
        private boolean force;

        private final Session session;

        Show(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            PolicyName policy = PolicyName.parse(name);
            GetAdapterRequest.Builder request = GetAdapterRequest.newBuilder().setRun(policy.run());
            policy.step().ifPresent(request::setStep);
            if (values != null && Files.exists(values) && !force) {
                throw new Failure(Failure.Kind.CALLER, values + " is there already (--force replaces it)");
            }
            return session.with(services -> {
                NamedAdapter named =
                        services.adapters().getAdapter(request.build()).getAdapter();
                session.print(named, () -> AdapterTexts.details(named));
                if (values != null) keep(services, named.getAdapter(), values);
                return CallFailure.OK;
            });
        }

        private void keep(Services services, Adapter adapter, Path file) {
            if (!adapter.getValuesDigest().isEmpty()) {
                BlobDownload.to(services, adapter.getValuesDigest(), file);
            } else {
                try {
                    Files.write(file, adapter.getValues().toByteArray());
                } catch (IOException e) {
                    throw new Failure(Failure.Kind.OUTSIDE, file + " cannot be written: " + e.getMessage(), e);
                }
            }
            session.output().note("wrote " + file);
        }
    }
}
