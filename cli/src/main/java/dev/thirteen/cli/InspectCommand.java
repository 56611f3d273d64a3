package dev.thirteen.cli;

import dev.thirteen.cli.inspect.Effect;
import dev.thirteen.cli.inspect.InspectReport;
import dev.thirteen.cli.inspect.Variant;
import dev.thirteen.cli.report.ReportFolder;
import dev.thirteen.core.data.ArithmeticProblems;
import dev.thirteen.core.data.ArithmeticSplit;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.Generator;
import dev.thirteen.proto.training.v1.RunSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen inspect}. */
@Command(
        name = "inspect",
        description = {
            "Show what the trained numbers of a TinyLoRA run do: without a part of them, with it doubled, between the base"
                    + " and the adapter and beyond, and how far they move which module.",
            "With several runs also how alike they are; the first is the one that is asked."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen inspect tiny-arithmetic",
            "  bin/thirteen inspect tiny-arithmetic@60 other@60 --problems 512 --report reports/numbers"
        })
final class InspectCommand implements Callable<Integer> {
    /** What a part is; the constants are spelled as a person writes them. */
    enum By {
        slot,
        number
    }

    @Parameters(
            arity = "1..*",
            paramLabel = "RUN@STEP",
            description = "TinyLoRA runs; RUN alone means its latest step.")
    private List<String> names = List.of();

    @Option(
            names = "--problems",
            defaultValue = "128",
            paramLabel = "N",
            description = "Held-out problems. Default: 128.")
    private int problems;

    @Option(
            names = "--data-set",
            paramLabel = "FILE",
            description = "Held-out problems instead of the development split of the run's generator: a file as for"
                    + " eval.")
    private @Nullable Path dataSet;

    @Mixin
    private FieldOptions fields = new FieldOptions();

    @Mixin
    private InspectReward reward = new InspectReward();

    @Option(
            names = "--by",
            paramLabel = "PART",
            description = "slot: the numbers that some modules share; number: each on its own. Default: slot, but"
                    + " number where there is one slot.")
    private @Nullable By by;

    @Option(
            names = "--parts",
            defaultValue = "32",
            paramLabel = "N",
            description = "Most parts that are tried, those with the largest norm. Default: 32.")
    private int parts;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "N", description = "Seed of the answers. Default: 0.")
    private long seed;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description = "Write tables, figures and report.html into this folder.")
    private @Nullable Path report;

    private final Session session;

    InspectCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        check();
        List<PolicyName> policies = names.stream().map(PolicyName::parse).toList();
        return session.with(services -> {
            List<InspectedRun> runs = new ArrayList<>();
            for (PolicyName policy : policies) runs.add(InspectedRun.of(services, policy));
            requireOneBase(runs);
            InspectedRun first = runs.getFirst();
            List<Integer> lengths = parts(first);
            List<Variant> variants = Variant.of(first.values(), lengths, parts);
            List<Effect> effects = new InspectQuestions(
                            services, judged(first.run()), first.adapter(), first.type(), held(first), seed)
                    .effects(variants, done -> progress(done, variants.size()));
            InspectReport found = new InspectReport(
                    first.name(),
                    byNumber(first) ? "number" : "slot",
                    lengths,
                    first.movement(),
                    first.values(),
                    effects,
                    runs.stream()
                            .map(run -> new InspectReport.Adapter(
                                    run.name(),
                                    run.adapter().getAdapter().getBasisDigest(),
                                    run.movement(),
                                    run.values()))
                            .toList());
            found.tables()
                    .forEach((title, table) -> session.output().text(title + "\n" + TextTable.render(table) + "\n"));
            if (report != null) {
                found.write(report);
                session.output().note("wrote " + report.resolve(InspectReport.PAGE));
            }
            return CallFailure.OK;
        });
    }

    private void check() {
        if (problems < 1) throw new Failure(Failure.Kind.CALLER, "--problems must be 1 or more, not " + problems);
        if (parts < 0) throw new Failure(Failure.Kind.CALLER, "--parts must be 0 or more, not " + parts);
        reward.check();
        if (report != null) ReportFolder.requireUsable(report);
    }

    /** The run with what judges its answers here. */
    private RunSpec judged(RunSpec run) {
        return run.toBuilder()
                .setReward(reward.of(run.getName(), run.getReward()))
                .build();
    }

    private void progress(int done, int total) {
        if (done % 10 == 0 || done == total) session.output().note(done + " of " + total + " variants asked");
    }

    private boolean byNumber(InspectedRun run) {
        return by == null ? run.movement().plan().slots() == 1 : by == By.number;
    }

    /** Lengths of the parts. */
    private List<Integer> parts(InspectedRun run) {
        int length = byNumber(run) ? 1 : run.u();
        return Collections.nCopies(run.values().length / length, length);
    }

    private static void requireOneBase(List<InspectedRun> runs) {
        String base = runs.getFirst().adapter().getBaseModel().getDigest();
        for (InspectedRun run : runs) {
            if (!run.adapter().getBaseModel().getDigest().equals(base)) {
                throw new Failure(
                        Failure.Kind.CALLER,
                        run.name() + " has another base model than "
                                + runs.getFirst().name() + ": their numbers cannot be compared");
            }
        }
    }

    /** Problems that the run was not trained on. */
    private List<Problem> held(InspectedRun run) {
        if (dataSet != null) {
            return ProblemFile.problems(dataSet, fields.fields()).stream()
                    .limit(problems)
                    .toList();
        }
        Generator generator = run.run().getDataSet().getGenerator();
        if (!generator.getName().equals("arithmetic")) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "run " + run.name() + " was trained on a file: say --data-set FILE with problems held out from it");
        }
        return ArithmeticProblems.problems(ArithmeticSplit.DEV, generator.getSeed(), problems);
    }
}
