package dev.thirteen.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.thirteen.proto.reward.v1.VerifierJudgement;
import dev.thirteen.proto.reward.v1.VerifierServiceGrpc;
import dev.thirteen.proto.reward.v1.VerifyCompletion;
import dev.thirteen.proto.reward.v1.VerifyRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verifiers of examples/, each as a process of its own, over a socket. */
class ExampleVerifiersTest {
    private static final Path EXAMPLES = Path.of("../examples").toAbsolutePath();
    private static final Path PROTOS = Path.of("../proto/src/main/proto").toAbsolutePath();
    private static final String PYTHON = Objects.requireNonNullElse(System.getenv("THIRTEEN_PYTHON"), "python3");
    private static final Pattern PORT = Pattern.compile("verifier on port (\\d+)");

    @TempDir
    private Path folder;

    @Test
    void theOneInJavaGivesTheShareOfWords() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String jars = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        gives(new ProcessBuilder(
                java,
                "-cp",
                jars,
                EXAMPLES.resolve("verifier-java/Verifier.java").toString(),
                "0"));
    }

    @Test
    void theOneInPythonGivesTheShareOfWords() throws Exception {
        String compile =
                "-m grpc_tools.protoc -I %s --python_out=. --grpc_python_out=. thirteen/reward/v1/verifier_service.proto"
                        .formatted(PROTOS);
        assumeTrue(
                ends(List.of(PYTHON, "-c", "import grpc, grpc_tools")) == 0,
                PYTHON + " has no packages grpcio and grpcio-tools: pip install them, and set THIRTEEN_PYTHON");
        assertThat(ends(List.of((PYTHON + " " + compile).split(" ")))).isZero();
        ProcessBuilder server = new ProcessBuilder(
                PYTHON, EXAMPLES.resolve("verifier-python/verifier.py").toString(), "0");
        server.environment().put("PYTHONPATH", folder.toString());
        gives(server);
    }

    private int ends(List<String> command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            assumeTrue(false, "there is no " + command.getFirst() + ": " + e.getMessage());
            return 1;
        }
    }

    private void gives(ProcessBuilder builder) throws Exception {
        Process process = builder.directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", port(out))
                    .usePlaintext()
                    .build();
            VerifyRequest request = VerifyRequest.newBuilder()
                    .setAnswer("red green")
                    .addCompletions(VerifyCompletion.newBuilder().setText("Green and red"))
                    .addCompletions(VerifyCompletion.newBuilder().setText("green"))
                    .build();
            List<VerifierJudgement> judgements = VerifierServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(60, TimeUnit.SECONDS)
                    .verify(request)
                    .getJudgementsList();
            channel.shutdownNow();

            assertThat(judgements).extracting(VerifierJudgement::getReward).containsExactly(1.0, 0.5);
            assertThat(judgements).extracting(VerifierJudgement::getCorrect).containsExactly(true, false);
        } finally {
            process.destroyForcibly();
        }
    }

    private static int port(BufferedReader out) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher port = PORT.matcher(line);
            if (port.find()) return Integer.parseInt(port.group(1));
        }
        throw new AssertionError("the verifier ended without a port");
    }
}
