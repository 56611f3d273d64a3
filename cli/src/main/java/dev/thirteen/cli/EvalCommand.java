package dev.thirteen.cli;

import picocli.CommandLine.Command;

/** {@code thirteen eval}: alone it means {@code eval run}. */
@Command(
        name = "eval",
        description =
                "Evaluate base and adapted policies on the same problems, with the same seeds; alone it means run.",
        subcommands = {EvalRunCommand.class, EvalShowCommand.class, EvalCompareCommand.class, EvalCancelCommand.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen eval --adapter tiny-arithmetic@60 --problems 1024",
            "  bin/thirteen eval -a gsm8k@latest --benchmark gsm8k --report reports/gsm8k",
            "  bin/thirteen eval -a tiny-arithmetic --base-prompt \"careful=A{question}\"",
            "  bin/thirteen eval -a my-lora@1 --like tiny-arithmetic",
            "  bin/thirteen eval show"
        })
final class EvalCommand extends EvaluationStart {
    EvalCommand(Session session) {
        super(session);
    }
}
