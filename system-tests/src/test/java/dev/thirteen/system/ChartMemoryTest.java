package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits of memory in the values files, against what services need with the models that the files name. */
class ChartMemoryTest {
    /** Qwen2.5 0.5B on a processor in fp32, as a rollout pod counts it: weights, the longest sequence, and what is computed in. */
    private static final long ROLLOUT_BYTES = 4_246_088_960L;
    /** Beside the engine's memory: libtorch, compiled code, classes, adapters. */
    private static final long PROCESS_BYTES = 512L << 20;
    /** The same model in a trainer whose pass had 61 tokens: measured, heap and libtorch among it, mapped files not. */
    private static final long TRAINER_BYTES = 2_700_000_000L;
    /** What 24 layers keep of the 4,096 tokens of a pass, 50.7 KB each; docs/scaling.md has the formula. */
    private static final long PASS_BYTES = 24L * 4_096 * 50_700;

    private Helm helm;

    @BeforeEach
    void needsHelm() {
        helm = Helm.needed();
    }

    @Test
    void airGappedPodsHoldTheModelThatTheyName() throws Exception {
        Manifests manifests = Manifests.parse(
                helm.template("-f", Helm.CHART.resolve("values-air-gapped.yaml").toString())
                        .text());
        assertThat(limit(manifests, "rollout")).isGreaterThan(ROLLOUT_BYTES + PROCESS_BYTES + heap(manifests));
        assertThat(limit(manifests, "trainer")).isGreaterThan(TRAINER_BYTES + PASS_BYTES);
    }

    private static long limit(Manifests manifests, String service) {
        Quantity limit =
                container(manifests, service).getResources().getLimits().get("memory");
        return limit.getNumericalAmount().longValueExact();
    }

    private static long heap(Manifests manifests) {
        String options = container(manifests, "rollout").getEnv().stream()
                .filter(variable -> variable.getName().equals("JDK_JAVA_OPTIONS"))
                .findFirst()
                .orElseThrow()
                .getValue();
        return Long.parseLong(options.replaceFirst(".*-Xmx(\\d+)m.*", "$1")) << 20;
    }

    private static Container container(Manifests manifests, String service) {
        return manifests
                .one(Deployment.class, "thirteen-" + service)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
    }
}
