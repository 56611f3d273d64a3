package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the chart's pods run of the command line. */
class ClusterCommandsTest {
    private static final byte[] MODEL = "weights".getBytes(StandardCharsets.UTF_8);
    private static final String DIGEST = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c";

    private record Result(int code, String out, String err) {}

    @TempDir
    private Path folder;

    private HttpServer host;
    private String url;
    private int served;

    @BeforeEach
    void startHost() throws IOException {
        host = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        host.createContext("/model.bin", exchange -> {
            served++;
            exchange.sendResponseHeaders(200, MODEL.length);
            exchange.getResponseBody().write(MODEL);
            exchange.close();
        });
        host.start();
        url = "http://127.0.0.1:" + host.getAddress().getPort();
    }

    @AfterEach
    void stopHost() {
        host.stop(0);
    }

    private static Result thirteen(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Thirteen.run(new Output(new PrintWriter(out), new PrintWriter(err), false), Map.of(), arguments);
        return new Result(code, out.toString(), err.toString());
    }

    @Test
    void reachTellsOpenPortsFromClosedOnes() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        int open = host.getAddress().getPort();
        assertThat(thirteen("reach", "127.0.0.1:" + open, "127.0.0.1:" + closed, "no-such-host.invalid:1"))
                .isEqualTo(new Result(
                        0,
                        "open   127.0.0.1:%d%nclosed 127.0.0.1:%d%nclosed no-such-host.invalid:1%n"
                                .formatted(open, closed),
                        ""));
        assertThat(thirteen("reach", "trainer").err()).isEqualTo("thirteen: 'trainer' is no HOST:PORT\n");
    }

    @Test
    void fetchTakesWhatHasTheRightDigestAndOnce() throws IOException {
        Path into = folder.resolve("models/new");
        assertThat(thirteen("fetch", "--into", into.toString(), DIGEST + "=" + url + "/model.bin"))
                .isEqualTo(new Result(0, "model.bin 7 bytes\n", ""));
        assertThat(Files.readAllBytes(into.resolve("model.bin"))).isEqualTo(MODEL);
        assertThat(thirteen("fetch", "--into", into.toString(), DIGEST + "=" + url + "/model.bin"))
                .isEqualTo(new Result(0, "model.bin is there\n", ""));
        assertThat(served).isEqualTo(1);
    }

    @Test
    void fetchKeepsNothingThatIsWrong() throws IOException {
        String other = "0".repeat(64);
        Result wrong = thirteen("fetch", "--into", folder.toString(), other + "=" + url + "/model.bin");
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("has SHA-256 " + DIGEST + ", not " + other);
        assertThat(folder).isEmptyDirectory();

        Result missing = thirteen("fetch", "--into", folder.toString(), other + "=" + url + "/none.bin");
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).endsWith("/none.bin answers 404\n");
        assertThat(thirteen("fetch", "--into", folder.toString(), url).code()).isEqualTo(2);
    }

    @Test
    void readySaysWhoIsMissing() {
        String nobody = "127.0.0.1:1";
        Result result = thirteen(
                "ready",
                "--timeout",
                "0",
                "--trainer",
                nobody,
                "--rollout",
                nobody,
                "--reward",
                nobody,
                "--eval",
                nobody);
        assertThat(result.code()).isEqualTo(4);
        assertThat(result.err())
                .isEqualTo(
                        "thirteen: not ready after 0 s: trainer-service, rollout-service, reward-service, eval-service\n");
    }
}
