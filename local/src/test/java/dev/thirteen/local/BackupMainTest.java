package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a backup's words come from: its arguments, or the environment that the chart gives to its pod. */
class BackupMainTest {
    @Test
    void aPodOfTheChartNeedsNoArguments(@TempDir Path folder) throws Exception {
        Path properties = Files.writeString(folder.resolve("client.properties"), "security.protocol=SASL_SSL\n");
        BackupMain.Place place = BackupMain.place(
                List.of("restore"),
                Map.of(
                        "THIRTEEN_KAFKA_BOOTSTRAP_SERVERS", "a:1,b:2",
                        "THIRTEEN_KAFKA_CLIENT_PROPERTIES", properties.toString(),
                        "THIRTEEN_KAFKA_REPLICATION", "3"));
        assertThat(place.client())
                .containsEntry("bootstrap.servers", "a:1,b:2")
                .containsEntry("security.protocol", "SASL_SSL");
        assertThat(place.replication()).isEqualTo((short) 3);
    }

    @Test
    void argumentsWinOverTheEnvironment(@TempDir Path folder) throws Exception {
        Map<String, String> environment = Map.of(
                "THIRTEEN_KAFKA_BOOTSTRAP_SERVERS",
                "a:1",
                "THIRTEEN_KAFKA_CLIENT_PROPERTIES",
                "/none",
                "THIRTEEN_KAFKA_REPLICATION",
                "3");
        BackupMain.Place place = BackupMain.place(List.of("restore", "c:3", "-", "2"), environment);
        assertThat(place.client()).containsOnly(Map.entry("bootstrap.servers", "c:3"));
        assertThat(place.replication()).isEqualTo((short) 2);
        assertThat(BackupMain.place(List.of("backup", "c:3"), Map.of()).replication())
                .isEqualTo((short) 1);
    }

    @Test
    void whoSaysNoBrokerOrNoNumberIsTold() {
        for (List<String> wrong : List.of(
                List.of("backup"), List.of("restore", "c:3", "-", "0"), List.of("restore", "c:3", "-", "2", "more"))) {
            assertThatThrownBy(() -> BackupMain.place(wrong, Map.of()))
                    .isInstanceOf(Failure.class)
                    .hasMessageStartingWith("usage: ");
        }
    }
}
