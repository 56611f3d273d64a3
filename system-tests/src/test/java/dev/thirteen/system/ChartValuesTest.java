package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The chart's values as a document: each key is there, has a comment, and the schema knows it. */
class ChartValuesTest {
    /** Keys of Helm's own, and of what an issuer is. */
    private static final Set<String> ELSEWHERE = Set.of(
            "global",
            "tls.certManager.issuerRef.name",
            "tls.certManager.issuerRef.kind",
            "tls.certManager.issuerRef.group");

    @Test
    void everyValueHasAComment() throws Exception {
        List<String> lines = Files.readAllLines(Helm.CHART.resolve("values.yaml"));
        List<String> silent = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            // What stands in a list, or is a part of resources, is told by what it stands in.
            boolean leaf =
                    lines.get(i).matches(" *[A-Za-z]+: .+") && !lines.get(i).matches(" *(requests|limits): .*");
            boolean item = lines.get(i - 1).matches(" *- .*");
            if (leaf && !item && !lines.get(i - 1).matches(" *# .*")) silent.add(lines.get(i));
        }
        assertThat(silent).isEmpty();
    }

    @Test
    void everyKeyOfTheSchemaIsAValue() throws Exception {
        List<String> missing = new ArrayList<>();
        compare("", read("values.schema.json"), read("values.yaml"), missing);
        assertThat(missing).containsExactlyInAnyOrderElementsOf(ELSEWHERE);
    }

    private static Map<?, ?> read(String file) throws IOException {
        return new KubernetesSerialization().unmarshal(Files.readString(Helm.CHART.resolve(file)), Map.class);
    }

    private static void compare(String path, Map<?, ?> schema, Map<?, ?> values, List<String> missing) {
        if (!(schema.get("properties") instanceof Map<?, ?> properties)) return;
        properties.forEach((key, part) -> {
            if (!values.containsKey(key)) missing.add(path + key);
            else if (part instanceof Map<?, ?> inner && values.get(key) instanceof Map<?, ?> value) {
                compare(path + key + ".", inner, value, missing);
            }
        });
    }
}
