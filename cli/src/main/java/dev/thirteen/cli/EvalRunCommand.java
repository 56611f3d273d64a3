package dev.thirteen.cli;

import picocli.CommandLine.Command;

/** {@code thirteen eval run}: a new evaluation, or one that goes on. */
@Command(
        name = "run",
        description = "Evaluate base and adapted policies on the same problems, with the same seeds.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen eval run -a gsm8k@latest -b gsm8k -b svamp --report reports/words",
            "  bin/thirteen eval run -a gsm8k@latest -b math500 --temperature 0.6 --samples 8",
            "  bin/thirteen eval run --base models/qwen2.5-1.5b -b gsm8k --probe",
            "  bin/thirteen eval run --learning-curve tiny-arithmetic --every 5",
            "  bin/thirteen eval run --follow 3f2a91c07d5e"
        })
final class EvalRunCommand extends EvaluationStart {
    EvalRunCommand(Session session) {
        super(session);
    }
}
