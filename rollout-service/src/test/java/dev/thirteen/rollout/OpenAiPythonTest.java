package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The dialect as its official client understands it: scripts/openai_client_check.py. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class OpenAiPythonTest {
    /** Names the interpreter, for example that of a virtual environment. */
    private static final String PYTHON = Objects.requireNonNullElse(System.getenv("THIRTEEN_PYTHON"), "python3");

    @TestHTTPResource("/v1")
    URI root;

    @Inject
    Policies policies;

    @Inject
    AdapterDirectory directory;

    @Test
    void theOfficialClientGetsWhatItExpects() throws Exception {
        assumeTrue(
                run(PYTHON, "-c", "import openai").status() == 0,
                PYTHON + " has no package openai: pip install openai, and set THIRTEEN_PYTHON");
        try (Surroundings around = new Surroundings(policies)) {
            around.trainer.commit(around.named("python", 3, around.adapter));
            Surroundings.await(() -> directory.latest().stream()
                    .anyMatch(one -> one.getPolicyVersion().getRun().equals("python")));
            Path script = Path.of(System.getProperty("thirteen.home"), "scripts/openai_client_check.py");

            Ended check = run(PYTHON, script.toString(), root.toString(), "qwen2-tied", "qwen2-tied:python@3");

            System.out.print(check.output());
            assertThat(check.status()).as(check.output()).isZero();
        }
    }

    private record Ended(int status, String output) {}

    private static Ended run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ended(process.waitFor(), output);
        } catch (IOException notThere) {
            return new Ended(127, notThere.getMessage());
        }
    }
}
