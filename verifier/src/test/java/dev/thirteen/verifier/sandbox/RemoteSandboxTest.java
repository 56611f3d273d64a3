package dev.thirteen.verifier.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RemoteSandboxTest {
    private static final Program PROGRAM = new Program("x = \"ä\n\"", "assert x", Duration.ofMillis(1_500), 256);

    @Test
    void aProgramGoesThereAndItsEndComesBack() throws IOException {
        AtomicReference<Program> ran = new AtomicReference<>();
        AtomicReference<ProgramEnd> end = new AtomicReference<>();
        try (SandboxServer server = new SandboxServer(0, program -> {
            ran.set(program);
            return end.get();
        })) {
            Sandbox remote = new RemoteSandbox("127.0.0.1:" + server.port());
            for (ProgramEnd each : new ProgramEnd[] {
                new ProgramEnd.Passed(), new ProgramEnd.Failed("AssertionError"), new ProgramEnd.TimedOut()
            }) {
                end.set(each);
                assertThat(remote.run(PROGRAM)).isEqualTo(each);
            }
            assertThat(ran).hasValue(PROGRAM);
        }
    }

    @Test
    void whatIsNoEndIsAFailureOfItsKind() throws IOException {
        try (SandboxServer server = new SandboxServer(0, _ -> {
            throw new Failure(Failure.Kind.OUTSIDE, "no room");
        })) {
            Sandbox remote = new RemoteSandbox("127.0.0.1:" + server.port());
            Program tooLong = new Program("", "", Duration.ofHours(1), 256);

            assertThatThrownBy(() -> remote.run(PROGRAM))
                    .hasMessageContaining("no room")
                    .satisfies(kind(Failure.Kind.OUTSIDE));
            assertThatThrownBy(() -> remote.run(tooLong))
                    .hasMessageContaining("limit_ms")
                    .satisfies(kind(Failure.Kind.CALLER));
            server.close();
            assertThatThrownBy(() -> remote.run(PROGRAM)).satisfies(kind(Failure.Kind.OUTSIDE));
        }
    }

    private static java.util.function.Consumer<Throwable> kind(Failure.Kind kind) {
        return thrown -> assertThat(((Failure) thrown).kind()).isEqualTo(kind);
    }
}
