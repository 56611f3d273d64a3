package dev.thirteen.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol, spoken by a shell. */
final class PeerTest {
    @TempDir
    Path folder;

    private Peer peer(String script) {
        return Peer.start(List.of("/bin/sh", "-c", script), folder.resolve("log"));
    }

    @Test
    void peerAnswersOneFigureALine() {
        String script =
                "echo noise; echo '{\"ready\": \"a shell\"}'; while read n; do echo \"{\\\"value\\\": 1$n.5}\"; done";
        try (Peer peer = peer(script)) {
            assertThat(peer.about()).isEqualTo("a shell");
            assertThat(peer.round(2)).isEqualTo(12.5);
            assertThat(peer.round(7)).isEqualTo(17.5);
        }
    }

    @Test
    void peersErrorIsTold() {
        assertThatThrownBy(() -> peer("echo '{\"error\": \"out of memory\"}'")).hasMessageContaining("out of memory");
    }

    @Test
    void peerThatEndsIsTold() {
        assertThatThrownBy(() -> peer("exit 3")).hasMessageContaining("ended without an answer");
    }

    @Test
    void roundsAlternate() {
        StringBuilder order = new StringBuilder();
        try (Peer peer = peer("echo '{\"ready\": \"\"}'; while read n; do echo '{\"value\": 4}'; done")) {
            Rounds rounds = Rounds.alternate(2, number -> order.append(number).length(), peer);
            assertThat(rounds.ours()).containsExactly(1, 2);
            assertThat(rounds.peer()).containsExactly(4, 4);
        }
        assertThat(order).hasToString("01");
    }
}
