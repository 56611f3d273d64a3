package dev.thirteen.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page's script in a browser, where there is one. */
class PageScriptTest {
    private static final Optional<Path> BROWSER = Stream.of("chromium", "chromium-browser", "google-chrome")
            .map(name -> Path.of("/usr/bin", name))
            .filter(Files::isExecutable)
            .findFirst();

    /** What a reader would do, and what they would then see, as lines behind the page. */
    private static final String READER = """
            <script>
            const seen = [];
            function look(what) {
              const ids = [...document.querySelectorAll("article header span:first-child")].map(e => e.textContent);
              const marks = [...document.querySelectorAll("mark")].map(e => e.textContent);
              seen.push(what + ": " + at("count").textContent + " | " + ids.join(" ") + " | " + marks.join(" "));
            }
            function choose(id, value) { at(id).value = value; at(id).dispatchEvent(new Event("change")); }
            function search(text) { at("search").value = text; at("search").dispatchEvent(new Event("input")); }
            look("all");
            for (const which of ["gained", "lost", "differ", "both", "none"]) { choose("which", which); look(which); }
            choose("which", "all");
            search("KIWIS"); look("search");
            search("<b>"); look("text is no markup " + document.querySelectorAll("b").length);
            search("");
            choose("right", "0"); look("sides " + document.querySelectorAll(".sides.one").length);
            const result = document.createElement("pre");
            result.id = "seen";
            result.textContent = "\\n" + seen.join("\\n") + "\\n";
            document.body.replaceChildren(result);
            </script>
            </body>
            """;

    @Test
    void aReaderFindsWhatWasGainedAndLost(@TempDir Path folder) throws Exception {
        assumeThat(BROWSER)
                .as("a browser: chromium or google-chrome in /usr/bin")
                .isPresent();
        List<EvaluationAnswer> answers = new ArrayList<>();
        problem(answers, "gained", "How many apples?", false, true);
        problem(answers, "lost", "How many kiwis?", true, false);
        problem(answers, "both", "How many <b>pears</b>?", true, true);
        problem(answers, "none", "How many plums?", false, false);
        Evaluation evaluation = Evaluation.newBuilder()
                .setId("0123456789ab")
                .setSpec(EvaluationSpec.newBuilder()
                        .setBenchmark("fruit")
                        .addDecodings(Sampling.newBuilder().setMaxTokens(8)))
                .build();
        ReportFolder.write(folder, List.of(evaluation), List.of(), _ -> answers.stream());

        assertThat(read(folder)).containsExactly("""
                all: 4 of 4 problems | gained lost both none |
                gained: 1 of 4 problems | gained |
                lost: 1 of 4 problems | lost |
                differ: 2 of 4 problems | gained lost |
                both: 1 of 4 problems | both |
                none: 1 of 4 problems | none |
                search: 1 of 4 problems | lost | kiwis
                text is no markup 0: 1 of 4 problems | both | <b>
                sides 4: 4 of 4 problems | gained lost both none |
                """.split("\n"));
    }

    private static void problem(List<EvaluationAnswer> answers, String id, String question, boolean... right) {
        for (int policy = 0; policy < right.length; policy++) {
            answers.add(EvaluationAnswer.newBuilder()
                    .setProblemId(id)
                    .setQuestion(question)
                    .setAnswer("7")
                    .setLabel(policy == 0 ? "base" : "fruit@60")
                    .setText("It is " + (right[policy] ? "7" : "8"))
                    .setExtracted(right[policy] ? "7" : "8")
                    .setCorrect(right[policy])
                    .setStrict(verdict(right[policy]))
                    .setFlexible(verdict(right[policy]))
                    .build());
        }
    }

    private static Verdict verdict(boolean right) {
        return Verdict.newBuilder()
                .setKind(right ? VerdictKind.VERDICT_KIND_CORRECT : VerdictKind.VERDICT_KIND_INCORRECT)
                .build();
    }

    private static List<String> read(Path folder) throws IOException, InterruptedException {
        Path page = folder.resolve(ReportFolder.PAGE);
        Files.writeString(page, Files.readString(page).replace("</body>", READER));
        Path dump = folder.resolve("dump.html");
        Process browser = new ProcessBuilder(
                        BROWSER.orElseThrow().toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--dump-dom",
                        page.toUri().toString())
                .redirectOutput(dump.toFile())
                .redirectError(folder.resolve("browser.log").toFile())
                .start();
        try {
            assertThat(browser.waitFor(300, TimeUnit.SECONDS)).isTrue();
        } finally {
            browser.descendants().forEach(ProcessHandle::destroyForcibly);
            browser.destroyForcibly();
        }
        String seen = Files.readString(dump, StandardCharsets.UTF_8)
                .replaceAll("(?s).*<pre id=\"seen\">\n?(.*?)</pre>.*", "$1");
        return seen.lines()
                .map(line -> line.replace("&lt;", "<").replace("&gt;", ">").strip())
                .filter(line -> !line.isEmpty())
                .toList();
    }
}
