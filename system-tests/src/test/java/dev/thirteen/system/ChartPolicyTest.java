package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.system.NetworkRules.Place;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who reaches whom by the chart's network policies: every pair, and nothing else. A cluster is asked by bin/k8s-checks/policies. */
class ChartPolicyTest {
    private static final String HERE = "thirteen";

    private static final Map<String, Place> PLACES = places();

    /** Every port that something listens on, or might. */
    private static final List<String> DOORS = List.of(
            "kafka:9092",
            "kafka:9093",
            "trainer:9101",
            "rollout:9102",
            "reward:9103",
            "eval:9104",
            "sandbox:9105",
            "gradient:9101",
            "trainer:9201",
            "rollout:9202",
            "reward:9203",
            "eval:9204",
            "gradient:9201",
            "rollout:9302",
            "backup:9092",
            "dns:53",
            "collector:4317",
            "outside:443",
            "outside:8443",
            "outside:9093",
            "outside:4317");

    private Helm helm;

    @BeforeEach
    void needsHelm() {
        helm = Helm.needed();
    }

    private static Map<String, Place> places() {
        Map<String, Place> places = new LinkedHashMap<>();
        for (String component :
                List.of("kafka", "trainer", "gradient", "rollout", "reward", "eval", "sandbox", "backup", "check")) {
            places.put(component, new Place(HERE, own(component, Map.of())));
        }
        places.put("first-run", new Place(HERE, own("first-run", Map.of("thirteen.dev/client", "true"))));
        places.put("client", new Place(HERE, Map.of("thirteen.dev/client", "true")));
        places.put("foreign", new Place(HERE, Map.of("app", "foreign")));
        // Another release in the same namespace, and another namespace.
        places.put("sibling", new Place(HERE, own("trainer", Map.of("app.kubernetes.io/instance", "other"))));
        places.put("stranger", new Place("other", own("trainer", Map.of("thirteen.dev/client", "true"))));
        places.put("prometheus", new Place("monitoring", Map.of("app", "prometheus")));
        places.put("keda", new Place("keda", Map.of("app", "keda-operator")));
        places.put("dns", new Place("kube-system", Map.of("k8s-app", "kube-dns")));
        places.put("collector", new Place("monitoring", Map.of("app", "collector")));
        places.put("outside", new Place("", Map.of()));
        return places;
    }

    private static Map<String, String> own(String component, Map<String, String> more) {
        Map<String, String> labels = new LinkedHashMap<>(Map.of(
                "app.kubernetes.io/name", "thirteen",
                "app.kubernetes.io/instance", "thirteen",
                "app.kubernetes.io/component", component));
        labels.putAll(more);
        return labels;
    }

    /** A line for each who reaches anything. Places that no policy is about reach each other, which is not ours to say. */
    private String reached(String... values) throws Exception {
        NetworkRules rules = new NetworkRules(
                HERE, Manifests.parse(helm.template(values).text()).all(NetworkPolicy.class));
        return PLACES.keySet().stream()
                .filter(from -> !List.of("dns", "collector").contains(from))
                .map(from -> from + ": " + reached(rules, from))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static String reached(NetworkRules rules, String from) {
        boolean ours = isOurs(from);
        return DOORS.stream()
                .filter(door -> ours || isOurs(place(door)))
                .filter(door -> !from.equals(place(door)))
                .filter(door -> rules.open(PLACES.get(from), PLACES.get(place(door)), port(door)))
                .collect(Collectors.joining(" "));
    }

    private static boolean isOurs(String place) {
        return "thirteen".equals(PLACES.get(place).labels().get("app.kubernetes.io/instance"))
                && HERE.equals(PLACES.get(place).namespace());
    }

    private static String place(String door) {
        return door.substring(0, door.indexOf(':'));
    }

    private static int port(String door) {
        return Integer.parseInt(door.substring(door.indexOf(':') + 1));
    }

    @Test
    void byDefaultEachReachesWhatItNeeds() throws Exception {
        assertThat(reached()).isEqualToIgnoringWhitespace("""
                kafka: dns:53
                trainer: kafka:9092 dns:53
                gradient: kafka:9092 dns:53
                rollout: kafka:9092 trainer:9101 dns:53
                reward: kafka:9092 dns:53
                eval: kafka:9092 trainer:9101 rollout:9102 reward:9103 dns:53
                sandbox:
                backup: kafka:9092 dns:53
                check: trainer:9101 rollout:9102 reward:9103 eval:9104 dns:53
                first-run: trainer:9101 rollout:9102 reward:9103 eval:9104 dns:53
                client: trainer:9101 rollout:9102 reward:9103 eval:9104 rollout:9202
                foreign:
                sibling:
                stranger:
                prometheus: trainer:9201 rollout:9202 reward:9203 eval:9204 gradient:9201
                keda:
                outside:
                """);
    }

    @Test
    void withEverythingOnEachReachesThatAndNoMore() throws Exception {
        String everything = "kafka.mode=external,kafka.external.bootstrapServers=a:9093,kafka.external.ports={9093},"
                + "tls.enabled=true,tls.secret=t,auth.mode=tokens,auth.keysSecret=k,auth.ownKeySecret=o,"
                + "auth.jwt.issuer=https://a,rollout.autoscaling.kind=keda,sandbox.enabled=true,backup.enabled=true,"
                + "trainer.gradientReplicas=1,telemetry.otlp.endpoint=http://collector.monitoring:4317,"
                + "telemetry.otlp.peers[0].podSelector.matchLabels.app=collector,"
                + "telemetry.otlp.peers[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name=monitoring,"
                + "networkPolicy.verifiers[0].ports[0].port=8443";
        assertThat(reached("--set", everything)).isEqualToIgnoringWhitespace("""
                kafka: dns:53
                trainer: dns:53 collector:4317 outside:443 outside:9093
                gradient: trainer:9101 dns:53 collector:4317 outside:9093
                rollout: trainer:9101 dns:53 collector:4317 outside:443 outside:9093
                reward: sandbox:9105 dns:53 collector:4317 outside:443 outside:8443 outside:9093
                eval: trainer:9101 rollout:9102 reward:9103 dns:53 collector:4317 outside:443 outside:9093
                sandbox:
                backup: dns:53 collector:4317 outside:9093
                check: trainer:9101 rollout:9102 reward:9103 eval:9104 dns:53
                first-run: trainer:9101 rollout:9102 reward:9103 eval:9104 dns:53
                client: trainer:9101 rollout:9102 reward:9103 eval:9104 rollout:9302
                foreign:
                sibling:
                stranger:
                prometheus: trainer:9201 rollout:9202 reward:9203 eval:9204 gradient:9201
                keda: trainer:9101
                outside:
                """);
    }

    @Test
    void onlyPodsThatFetchModelsReachWhereTheyComeFrom() throws Exception {
        String model = "models.extra[0].name=m,models.extra[0].download.size=1Gi,"
                + "models.extra[0].download.files[0].url=https://a/b.bin,"
                + "models.extra[0].download.files[0].sha256=" + "0".repeat(64);
        assertThat(reached("--set", model).lines().filter(line -> line.contains("outside:443")))
                .extracting(line -> line.substring(0, line.indexOf(':')))
                .containsExactly("trainer", "gradient", "rollout");
        assertThat(reached("--set", model + ",models.downloadPeers[0].ipBlock.cidr=192.0.2.0/24"))
                .doesNotContain("outside:443");
    }

    @Test
    void onePolicyShutsEveryPodOfTheRelease() throws Exception {
        Manifests manifests = Manifests.parse(helm.template().text());
        NetworkPolicy deny = manifests.one(NetworkPolicy.class, "thirteen-deny");
        assertThat(deny.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
        assertThat(deny.getSpec().getIngress()).isEmpty();
        assertThat(deny.getSpec().getEgress()).isEmpty();
        assertThat(deny.getSpec().getPodSelector().getMatchLabels())
                .containsOnlyKeys("app.kubernetes.io/name", "app.kubernetes.io/instance");
    }
}
