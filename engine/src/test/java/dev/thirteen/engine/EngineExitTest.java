package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class EngineExitTest {
    private static final int STATUS = 3;

    @Test
    void aProcessEndsWhileAThreadComputesWithItsStatusAndWithoutACrash() throws Exception {
        Process process = busy();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(STATUS);
        assertThat(output).doesNotContain("SIGSEGV", "Exception");
    }

    private static Process busy() throws IOException {
        return ChildJvm.of(Busy.class, "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null")
                .redirectErrorStream(true)
                .start();
    }

    /** Ends while a thread beside is computing, which it does for ever. */
    static final class Busy {
        private Busy() {}

        public static void main(String[] arguments) throws InterruptedException {
            CountDownLatch computed = new CountDownLatch(3);
            BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 2));
            PolicyGradient.Sequence sequence = new PolicyGradient.Sequence(new int[60], new int[60]);
            Thread beside = Thread.ofPlatform().daemon().unstarted(() -> {
                PolicyGradient gradient = new PolicyGradient(base);
                while (true) {
                    gradient.logProbs(Policy.BASE, Collections.nCopies(64, sequence), 1, 4096);
                    computed.countDown();
                }
            });
            beside.setUncaughtExceptionHandler((thread, thrown) -> {
                thrown.printStackTrace();
                EngineExit.now(1);
            });
            beside.start();
            computed.await();
            EngineExit.now(STATUS);
        }
    }
}
