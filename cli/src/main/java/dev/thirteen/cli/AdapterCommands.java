package dev.thirteen.cli;

import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.ExportAdapterRequest;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.ListAdaptersRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen adapter}: the committed steps of runs. */
@Command(
        name = "adapter",
        description = "List, show and export adapters.",
        subcommands = {AdapterCommands.List.class, AdapterCommands.Show.class, AdapterCommands.Export.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen adapter list tiny-arithmetic",
            "  bin/thirteen adapter show tiny-arithmetic@60",
            "  bin/thirteen adapter export tiny-arithmetic@latest exported/"
        })
final class AdapterCommands {
    AdapterCommands(Session session) {}

    @Command(name = "list", description = "List the steps of a run, or the latest of every run.")
    static final class List implements Callable<Integer> {
        @Parameters(arity = "0..1", paramLabel = "RUN", description = "Name of the run. Default: all.")
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
                    session.output().text(table(adapters));
                }
                return CallFailure.OK;
            });
        }

        private static String table(java.util.List<NamedAdapter> adapters) {
            if (adapters.isEmpty()) return "no adapters yet\n";
            java.util.List<java.util.List<String>> rows = new ArrayList<>();
            rows.add(java.util.List.of("adapter", "numbers", "bytes", "committed"));
            for (NamedAdapter named : adapters) {
                rows.add(java.util.List.of(
                        name(named),
                        Integer.toString(values(named.getAdapter()).length),
                        Integer.toString(named.getAdapter().getValues().size()),
                        RunTexts.instant(named.getCommittedUnixNano())));
            }
            return TextTable.render(rows);
        }
    }

    @Command(name = "show", description = "Show an adapter: its shape, its digests and its numbers.")
    static final class Show implements Callable<Integer> {
        @Parameters(paramLabel = "RUN@STEP", description = "The adapter; RUN alone means its latest step.")
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
                session.print(named, () -> text(named));
                return CallFailure.OK;
            });
        }

        private static String text(NamedAdapter named) {
            Adapter adapter = named.getAdapter();
            float[] values = values(adapter);
            StringBuilder numbers = new StringBuilder();
            for (float value : values) numbers.append(String.format(Locale.ROOT, "  %.6g%n", value));
            return TextTable.render(java.util.List.of(
                            java.util.List.of("adapter", name(named)),
                            java.util.List.of("base", named.getBaseModel().getFolder()),
                            java.util.List.of("shape", RunTexts.adapter(adapter.getTinylora())),
                            java.util.List.of("basis", adapter.getBasisDigest()),
                            java.util.List.of("digest", adapter.getDigest()),
                            java.util.List.of("committed", RunTexts.instant(named.getCommittedUnixNano())),
                            java.util.List.of(
                                    "values",
                                    values.length + " numbers, "
                                            + adapter.getValues().size() + " bytes")))
                    + numbers;
        }
    }

    @Command(name = "export", description = "Write an adapter as a folder that Hugging Face PEFT loads.")
    static final class Export implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "RUN@STEP", description = "The adapter; RUN alone means its latest step.")
        private String name = "";

        @Parameters(index = "1", paramLabel = "DIR", description = "Folder to write.")
        private Path folder = Path.of("");

        @Option(names = "--force", description = "Replace an earlier export.")
        private boolean force;

        private final Session session;

        Export(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            PolicyName policy = PolicyName.parse(name);
            ExportAdapterRequest.Builder request =
                    ExportAdapterRequest.newBuilder().setRun(policy.run());
            policy.step().ifPresent(request::setStep);
            ExportFolder target = new ExportFolder(folder, force);
            return session.with(services -> {
                target.write(services.adapters().exportAdapter(request.build()));
                session.output().note("wrote " + folder);
                return CallFailure.OK;
            });
        }
    }

    private static String name(NamedAdapter named) {
        PolicyVersion version = named.getPolicyVersion();
        return version.getRun() + "@" + version.getStep();
    }

    /** The values of an adapter in whatever format they were sent. */
    static float[] values(Adapter adapter) {
        ValueType type = switch (adapter.getTinylora().getValueType()) {
            case VALUE_TYPE_BF16 -> ValueType.BF16;
            case VALUE_TYPE_FP16 -> ValueType.FP16;
            case VALUE_TYPE_FP32, VALUE_TYPE_UNSPECIFIED, UNRECOGNIZED -> ValueType.FP32;
        };
        return type.decode(adapter.getValues().toByteArray());
    }
}
