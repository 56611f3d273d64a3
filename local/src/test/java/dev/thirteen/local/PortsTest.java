package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortsTest {
    @Test
    void aWantedPortIsTakenWhereItIsFreeAndAnotherWhereItIsNot() throws IOException {
        List<Integer> wanted = new ArrayList<>(Ports.free(4));
        wanted.set(3, Ports.ANY);
        try (ServerSocket other = new ServerSocket(wanted.get(1), 1, InetAddress.getLoopbackAddress())) {
            assertThat(other.isBound()).isTrue();
            List<Integer> ports = Ports.freeOrOther(wanted);
            assertThat(ports.get(0)).isEqualTo(wanted.get(0));
            assertThat(ports.get(1)).isNotIn(wanted);
            assertThat(ports.get(2)).isEqualTo(wanted.get(2));
            assertThat(ports.get(3)).isPositive();
            assertThat(new HashSet<>(ports)).hasSize(4);
        }
    }

    @Test
    void aPortOnWhichSomebodyListensOnEveryAddressIsNotFree() throws IOException {
        try (ServerSocket other = new ServerSocket(0)) {
            int port = other.getLocalPort();
            assertThat(Ports.freeOrOther(List.of(port))).doesNotContain(port);
            assertThatThrownBy(() -> Ports.requireFree("the broker", port))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("port " + port + " of the broker is in use");
        }
    }

    @Test
    void theUsualPortsAreOneForEachEndOfEachService() {
        assertThat(new HashSet<>(Endpoints.USUAL_PORTS)).hasSize(Endpoints.PORTS);
        Endpoints usual = Endpoints.on("127.0.0.1:9092", Endpoints.USUAL_PORTS);
        assertThat(usual.of(Service.TRAINER)).isEqualTo("127.0.0.1:9101");
        assertThat(usual.http(Service.ROLLOUT)).isEqualTo("127.0.0.1:9202");
        assertThat(usual.of(Service.EVAL)).isEqualTo("127.0.0.1:9104");
    }
}
