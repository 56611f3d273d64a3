package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The chart's alerts beside what explains them and what they ask. */
class ChartAlertTest {
    /** Each alert is explained, and asks for meters that there are. */
    @Test
    void alertsAreThoseOfTheDocumentAndOfTheMeters() throws Exception {
        String rule = Helm.needed()
                .template("--set", "telemetry.prometheusRule.enabled=true", "-s", "templates/monitoring.yaml")
                .text();
        String document = Files.readString(Path.of("../docs/operations.md"));
        Set<String> alerts = found("alert: (\\w+)", rule);
        assertThat(alerts).hasSize(6).isEqualTo(found("(?m)^\\| `(Thirteen\\w+)`", document));

        String meters = source("trainer-service", "RunMeters")
                + source("trainer-service", "TrainerMeters")
                + source("rollout-service", "RolloutMeters");
        assertThat(found("\\b((?:rl|thirteen)_\\w+)\\{", rule))
                .hasSize(4)
                .allSatisfy(asked -> assertThat(meters)
                        .contains('"'
                                + asked.replaceFirst("_(total|seconds)$", "").replace('_', '.')
                                + '"'));
    }

    private static String source(String module, String name) throws IOException {
        String folder = module.replace("-service", "");
        return Files.readString(Path.of("..", module, "src/main/java/dev/thirteen", folder, name + ".java"));
    }

    private static Set<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
    }
}
