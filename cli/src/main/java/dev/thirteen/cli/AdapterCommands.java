package dev.thirteen.cli;

import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.ListAdaptersRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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

        private final Session session;

        Show(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            PolicyName policy = PolicyName.parse(name);
            GetAdapterRequest.Builder request = GetAdapterRequest.newBuilder().setRun(policy.run());
            policy.step().ifPresent(request::setStep);
            return session.with(services -> {
                NamedAdapter named =
                        services.adapters().getAdapter(request.build()).getAdapter();
                session.print(named, () -> AdapterTexts.details(named));
                return CallFailure.OK;
            });
        }
    }
}
