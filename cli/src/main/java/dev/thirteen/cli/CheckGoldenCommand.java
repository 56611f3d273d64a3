package dev.thirteen.cli;

import dev.thirteen.cli.golden.GoldenFolder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code thirteen check-golden}: the engine against numbers of others. */
@Command(
        name = "check-golden",
        description =
                "Compare the engine with golden files: models, tokenizers, chats, adapters, gradients, SVDs, formats.",
        footerHeading = "%n",
        footer = {
            "The folder has parts models/, adapters/, gradients/, svd/ and edge/, each of them optional.",
            "Prints each case with its distance and bound; exit code 1 when a case fails or there is none."
        })
final class CheckGoldenCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Folder of golden files.")
    private Path folder = Path.of("");

    private final Session session;

    CheckGoldenCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        GoldenFolder.Result result = GoldenFolder.check(folder, session.output()::line);
        session.output().line("golden: %d passed, %d failed".formatted(result.passed(), result.failed()));
        return result.failed() == 0 && result.passed() > 0 ? CallFailure.OK : CallFailure.FAILED;
    }
}
