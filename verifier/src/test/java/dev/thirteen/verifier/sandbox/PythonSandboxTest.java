package dev.thirteen.verifier.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.sandbox.ProgramEnd.Failed;
import dev.thirteen.verifier.sandbox.ProgramEnd.Passed;
import dev.thirteen.verifier.sandbox.ProgramEnd.TimedOut;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile program can do: nothing. Here, or in the sandbox at {@code -Dthirteen.sandbox=HOST:PORT}. */
class PythonSandboxTest {
    private static final Optional<String> ELSEWHERE = Optional.ofNullable(System.getProperty("thirteen.sandbox"));

    private static Sandbox sandbox = Sandbox.none("not looked for yet");

    @BeforeAll
    static void isolate() {
        if (ELSEWHERE.isPresent()) {
            sandbox = new RemoteSandbox(ELSEWHERE.get());
            return;
        }
        try {
            String python = PythonSandbox.interpreter("");
            Isolation isolation = PythonSandbox.isolation(python);
            assumeTrue(isolation.suffices(), "programs cannot be isolated here: " + isolation.grade());
            sandbox = new PythonSandbox(python, 2, true);
        } catch (Failure e) {
            assumeTrue(false, "programs cannot be run here: " + e.getMessage());
        }
    }

    /** With more time than any of them takes that ends. */
    private static ProgramEnd run(String source, String tests) {
        return run(source, tests, Duration.ofSeconds(20));
    }

    /** A machine that is too busy for a verdict says so: the program is run again there, and not for ever. */
    private static ProgramEnd run(String source, String tests, Duration limit) {
        for (int again = 0; ; again++) {
            try {
                return sandbox.run(new Program(source, tests, limit, 256));
            } catch (Failure busy) {
                String reason = String.valueOf(busy.getMessage());
                if (!reason.contains("the machine is overloaded")) throw busy;
                assumeTrue(again < 5, reason);
            }
        }
    }

    @Test
    void aRightProgramPassesAndAWrongOneFailsWithItsReason() {
        assertThat(run("def twice(x):\n    return 2 * x\n", "assert twice(4) == 8"))
                .isEqualTo(new Passed());
        assertThat(run("def twice(x):\n    return x\n", "assert twice(4) == 8"))
                .isEqualTo(new Failed("AssertionError"));
        assertThat(run("def twice(x)\n", "")).isEqualTo(new Failed("SyntaxError"));
        assertThat(run(
                        "import math, re, json, random, datetime, decimal, typing, hashlib, unittest",
                        "assert math.pi > 3"))
                .isEqualTo(new Passed());
    }

    @Test
    void anEarlyEndIsNoPass() {
        assertThat(run("import sys\nsys.exit(0)", "")).isEqualTo(new Failed("SystemExit"));
        assertThat(run("import os\nos._exit(0)", "")).isEqualTo(new Failed("ended early"));
        assertThat(run(
                        "import os\nfor fd in range(64):\n    try:\n        os.write(fd, b'passed')\n    except OSError:\n        pass",
                        ""))
                .isEqualTo(new Failed("ended early"));
    }

    @Test
    void anEndlessLoopAndEndlessSleepAreTimeOuts() {
        Duration limit = Duration.ofSeconds(1);
        assertThat(run("while True: pass", "", limit)).isEqualTo(new TimedOut());
        assertThat(run("import time\ntime.sleep(1000)", "", limit)).isEqualTo(new TimedOut());
        String deaf = "import signal\nsignal.signal(signal.SIGXCPU, lambda *_: None)\nwhile True: pass";
        assertThat(run(deaf, "", limit)).isNotEqualTo(new Passed());
    }

    @Test
    void whoWaitedForAProcessorInsteadOfSleepingWasStarved() {
        Duration wall = Duration.ofSeconds(8);
        assertThat(PythonSandbox.starved("400000000 7500000000 120", wall)).isTrue();
        assertThat(PythonSandbox.starved("400000000 3000000 120", wall)).isFalse();
        assertThat(PythonSandbox.starved("", wall)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "import os\nwhile True: os.fork()",
                "import subprocess\nsubprocess.run(['/bin/true'])",
                "import multiprocessing\np = multiprocessing.Process(target=print)\np.start()",
                "import os\nos.execv('/bin/true', ['true'])",
                "import os\nos.kill(os.getppid(), 9)",
                "import fcntl, os\nfcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getppid())",
                "import fcntl, os\nfcntl.fcntl(os.pipe()[0], fcntl.F_SETSIG, 9)",
                "import fcntl, os\nfcntl.ioctl(os.pipe()[0], 0x8901, os.getppid().to_bytes(4, 'little'))",
                "import socket\nsocket.socket()",
                "import socket\nsocket.socketpair()",
                "open('/etc/passwd').read()",
                "open('/proc/self/environ').read()",
                "import os\nopen('/proc/%d/environ' % os.getppid()).read()",
                "import os\nos.listdir('/')",
                "open('file', 'w').write('x')",
                "open('/tmp/file', 'w').write('x')",
                "import os\nos.mkdir('folder')",
                "import os\nos.setuid(0)",
            })
    void whatReachesOutOfTheProcessIsRefused(String program) {
        assertThat(run(program, "")).isEqualTo(new Failed("PermissionError"));
    }

    @Test
    void threadsComeToAnEndAndMemoryToo() {
        String threads = "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(999,)).start()";

        assertThat(run(threads, "")).isInstanceOf(Failed.class);
        // With little stacks memory would hold thousands.
        String small = "import threading, time\nthreading.stack_size(32768)\nmade = 0\ntry:\n    while made < 5000:\n"
                + "        threading.Thread(target=time.sleep, args=(999,)).start()\n        made += 1\n"
                + "except RuntimeError:\n    pass\nassert made < 1024, made";
        assertThat(run(small, "")).isEqualTo(new Passed());
        assertThat(run("x = 'a' * (1 << 30)", "")).isEqualTo(new Failed("MemoryError"));
    }

    @Test
    void aGigabyteOfOutputIsNowhereKept() {
        assertThat(run("import os\nfor i in range(1024):\n    os.write(1, b'x' * (1 << 20))", ""))
                .isEqualTo(new Passed());
    }

    @Test
    void theEnvironmentIsEmptyAndSoIsTheFolder() {
        String program = "import os\nassert not [n for n in os.environ if n != 'LC_CTYPE'], list(os.environ)\n"
                + "assert 'thirteen-program-' in os.getcwd()";

        assertThat(run(program, "")).isEqualTo(new Passed());
    }

    @Test
    void aFileOfThisServiceCannotBeRead(@TempDir Path folder) throws IOException {
        Path secret = ELSEWHERE.isPresent()
                ? Path.of("/app/java.arguments")
                : Files.writeString(folder.resolve("secret"), "token");

        assertThat(run("open('%s').read()".formatted(secret), "")).isEqualTo(new Failed("PermissionError"));
    }

    @Test
    void aPortOfThisServiceCannotBeReachedByAnyLibrary() throws IOException {
        try (ServerSocket server = new ServerSocket(0)) {
            String program = "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:%d')"
                    .formatted(server.getLocalPort());
            assertThat(run(program, "")).isIn(new Failed("URLError"), new Failed("PermissionError"));
        }
    }

    @Test
    void whereThereIsNoSandboxNothingRuns() {
        assertThatThrownBy(() -> Sandbox.none("no Python").run(new Program("", "", Duration.ofSeconds(1), 64)))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("no Python");
        assertThatThrownBy(() -> PythonSandbox.interpreter("/no/python")).isInstanceOf(Failure.class);
    }

    /** MBPP's reference solutions are not in the sample, HumanEval's prompts are: the tests must refuse an empty body. */
    @Test
    void theTestsOfHumanEvalRefuseAnEmptyBody() throws IOException {
        Path sample = Path.of("../benchmarks/samples/humaneval.jsonl");
        ObjectMapper json = new ObjectMapper();
        for (String line : Files.readAllLines(sample)) {
            JsonNode problem = json.readTree(line);
            String tests = problem.get("tests").asText() + "\ncheck("
                    + problem.get("entry_point").asText() + ")";
            assertThat(run(problem.get("question").asText() + "    pass\n", tests))
                    .isInstanceOf(Failed.class);
        }
    }
}
