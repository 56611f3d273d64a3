package dev.thirteen.verifier.reward;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.reward.CodeBlocks;
import dev.thirteen.core.reward.Task;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.reward.TermScore;
import dev.thirteen.verifier.sandbox.Program;
import dev.thirteen.verifier.sandbox.ProgramEnd;
import dev.thirteen.verifier.sandbox.Sandbox;
import java.time.Duration;
import java.util.Optional;

/** Runs the program of a completion with the tests of its problem, in a sandbox. */
public final class CodeTests {
    private final Sandbox sandbox;

    public CodeTests(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    /** @throws dev.thirteen.core.failure.Failure OUTSIDE when the sandbox could not run it; CALLER when there is no sandbox */
    TermScore score(TermKind.Code term, Task task, String text) {
        Optional<String> program = CodeBlocks.program(term, task.question(), text);
        if (program.isEmpty()) return TermScore.of(new Verdict.Unparsable(""));
        ProgramEnd end = sandbox.run(
                new Program(program.get(), task.answer(), Duration.ofMillis(term.millis()), term.mebibytes()));
        Verdict verdict = switch (end) {
            case ProgramEnd.Passed() -> new Verdict.Correct("");
            case ProgramEnd.Failed _ -> new Verdict.Incorrect("");
            case ProgramEnd.TimedOut() -> new Verdict.TimedOut("");
        };
        String detail = end instanceof ProgramEnd.Failed(String reason) ? reason : "";
        return new TermScore(verdict.reward(), Optional.of(verdict), detail);
    }
}
