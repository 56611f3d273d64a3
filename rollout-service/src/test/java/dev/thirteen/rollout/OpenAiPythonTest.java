package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The dialect as its official client understands it: scripts/openai_client_check.py. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class OpenAiPythonTest {
    @TestHTTPResource("/v1")
    URI root;

    @Inject
    Policies policies;

    @Inject
    AdapterDirectory directory;

    @Test
    void theOfficialClientGetsWhatItExpects() throws Exception {
        OfficialClient client = OfficialClient.find();
        assumeTrue(client.isThere(), client.problem());
        try (Surroundings around = new Surroundings(policies)) {
            around.trainer.commit(around.named("python", 3, around.adapter));
            Surroundings.await(() -> directory.latest().stream()
                    .anyMatch(one -> one.getPolicyVersion().getRun().equals("python")));
            Path script = Path.of(System.getProperty("thirteen.home"), "scripts/openai_client_check.py");

            OfficialClient.Ended check = client.run(script, root.toString(), "qwen2-tied", "qwen2-tied:python@3");

            System.out.print(check.output());
            assertThat(check.status()).as(check.output()).isZero();
        }
    }
}
