package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart without a cluster: what it renders, and what it refuses. {@code make k8s-test} has the rest. */
class ChartTest {
    private Helm helm;

    @BeforeEach
    void needsHelm() {
        helm = Helm.needed();
    }

    static Stream<List<String>> valuesFiles() throws IOException {
        List<List<String>> all = new ArrayList<>();
        all.add(List.of());
        try (Stream<Path> files = Files.list(Helm.CHART)) {
            files.filter(file -> file.getFileName().toString().matches("values-.*\\.yaml"))
                    .sorted()
                    .forEach(file -> all.add(List.of("-f", file.toString())));
        }
        // Every part that is off by default.
        all.add(List.of(
                "--set", "ingress.enabled=true,ingress.host=a.example.com,ingress.tlsSecret=a",
                "--set", "gateway.enabled=true,gateway.parentRefs[0].name=gate,gateway.hostnames[0]=a.example.com",
                "--set", "rollout.autoscaling.kind=hpa,kafka.mode=strimzi,telemetry.podMonitor.enabled=true",
                "--set", "telemetry.prometheusRule.enabled=true",
                "--set", "models.extra[0].name=m,models.extra[0].download.size=1Gi",
                "--set", "models.extra[0].download.files[0].url=https://a/b.bin",
                "--set", "models.extra[0].download.files[0].sha256=" + "0".repeat(64),
                "--set", "tls.enabled=true,tls.secret=t,tls.certManager.enabled=true,tls.certManager.issuerRef.name=i",
                "--set", "auth.mode=tokens,auth.keysSecret=k,auth.ownKeySecret=o,auth.jwt.issuer=https://a",
                "--set", "auth.jwt.caSecret=c,auth.jwt.jwksConfigMap=j,trainer.gradientReplicas=2,eval.replicas=2",
                "--set", "reward.settings.thirteen\\.reward\\.x=1,kafka.clientSecret=s,sandbox.enabled=true",
                "--set", "sandbox.runtimeClassName=gvisor,backup.enabled=true"));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("valuesFiles")
    void rendersWhatTheApiKnows(List<String> values) throws Exception {
        String[] arguments = values.toArray(String[]::new);
        Helm.Answer lint = helm.lint(arguments);
        assertThat(lint.code()).as(lint.text()).isZero();
        Helm.Answer rendered = helm.template(arguments);
        assertThat(rendered.code()).as(rendered.text()).isZero();
        Manifests manifests = Manifests.parse(rendered.text());
        assertThat(manifests.unknownFields()).isEmpty();
        assertThat(manifests.customKinds())
                .isSubsetOf(
                        "ScaledObject",
                        "TriggerAuthentication",
                        "PodMonitor",
                        "PrometheusRule",
                        "Kafka",
                        "KafkaNodePool",
                        "GRPCRoute",
                        "HTTPRoute",
                        "Certificate");
        assertThat(manifests.all(Secret.class)).isEmpty();
        assertThat(manifests.pods()).isNotEmpty().allSatisfy(ChartTest::isRestricted);
    }

    /** What the Pod Security Standard of that name asks, and no token. */
    private static void isRestricted(PodSpec pod) {
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        for (Container container : Stream.concat(pod.getContainers().stream(), pod.getInitContainers().stream())
                .toList()) {
            assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .isFalse();
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .containsExactly("ALL");
            assertThat(container.getResources().getLimits()).containsKey("memory");
            assertThat(container.getImagePullPolicy()).isEqualTo("IfNotPresent");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            image.tga=1                                  | tga
            image.pullPolicy=Sometimes                   | /image/pullPolicy
            kafka.mode=redpanda                          | /kafka/mode
            kafka.dev.heap=lots                          | /kafka/dev/heap
            kafka.dev.storage.size=big                   | /kafka/dev/storage/size
            kafka.replication=0                          | /kafka/replication
            kafka.password=secret                        | password
            kafka.external.bootstrapServers=broker       | /kafka/external/bootstrapServers
            kafka.external.ports[0]=99999                | /kafka/external/ports/0
            models.extra[0].name=Upper                   | /models/extra/0
            firstRun.enabled=perhaps                     | /firstRun/enabled
            auth.mode=open                               | /auth/mode
            auth.jwt.issuer=login                        | /auth/jwt/issuer
            auth.jwt.secret=s                            | secret
            quotas.tenants.Acme.tokensPerMinute=1        | /quotas/tenants
            quotas.others.requestsPerMinute=-1           | /quotas/others/requestsPerMinute
            limits.samples=0                             | /limits/samples
            limits.messageBytes=1                        | /limits/messageBytes
            limits.callTime=soon                         | /limits/callTime
            trainer.gradientReplicas=-1                  | /trainer/gradientReplicas
            telemetry.otlp.endpoint=collector            | /telemetry/otlp/endpoint
            networkPolicy.clients[0].pods=a              | pods
            trainer.replicas=2                           | replicas
            trainer.resources.limit.cpu=1                | limit
            trainer.terminationGracePeriodSeconds=soon   | /trainer/terminationGracePeriodSeconds
            rollout.replicas=-1                          | /rollout/replicas
            rollout.autoscaling.kind=vpa                 | /rollout/autoscaling/kind
            rollout.autoscaling.groupsPerReplica=0       | /rollout/autoscaling/groupsPerReplica
            rollout.settings.foo=1                       | foo
            reward.nodeSelector=gpu                      | /reward/nodeSelector
            sandbox.programs=0                           | /sandbox/programs
            sandbox.settings.x=1                         | settings
            telemetry.prometheusRule.stillSeconds=10m    | /telemetry/prometheusRule/stillSeconds
            backup.enabled=1                             | /backup/enabled
            backup.schedule=daily                        | schedule
            networkPolicy.dns=[]                         | /networkPolicy/dns
            nodeSelector=gpu                             | /nodeSelector
            rollout.shutdownGraceSeconds=20s             | /rollout/shutdownGraceSeconds
            eval.extraEnv[0].value=1                     | /eval/extraEnv/0
            rollout.tolerations[0].kye=a                 | kye
            rollout.affinity.nodeAfinity.a=b             | nodeAfinity
            rollout.maxSurge=lots                        | /rollout/maxSurge
            rollout.autoscaling.behavior.scaleup.a=b     | scaleup
            trainer.extraVolumeMounts[0].name=a          | /trainer/extraVolumeMounts/0
            trainer.extraVolumes[0].nmae=a               | nmae
            gateway.parentRefs[0].nmae=a                 | nmae
            podDisruptionBudgets=true                    | /podDisruptionBudgets
            """)
    void refusesWrongValuesByName(String value, String key) throws Exception {
        Helm.Answer answer = helm.template(value.endsWith("[]") ? "--set-json" : "--set", value);
        assertThat(answer.code()).isNotZero();
        assertThat(answer.text().replace("'", "/").replace(".", "/")).contains(key.replace(".", "/"));
    }

    @Test
    void replicasOfRolloutAreLeftOutUnlessSaid() throws Exception {
        assertThat(replicas()).isNull();
        assertThat(replicas("--set", "rollout.replicas=3")).isEqualTo(3);
        assertThat(replicas("--set", "rollout.replicas=3,rollout.autoscaling.kind=keda"))
                .isNull();
    }

    private Integer replicas(String... values) throws Exception {
        return Manifests.parse(helm.template(values).text())
                .one(Deployment.class, "thirteen-rollout")
                .getSpec()
                .getReplicas();
    }

    /** Kubernetes refuses another volume in an upgrade, when half of it is done. */
    @Test
    void aTrialCanBeUpgradedToSmallRequests() throws Exception {
        assertThat(brokerVolume(
                        "-f", Helm.CHART.resolve("values-one-machine.yaml").toString()))
                .isEqualTo(brokerVolume());
    }

    private List<PersistentVolumeClaim> brokerVolume(String... values) throws Exception {
        return Manifests.parse(helm.template(values).text())
                .one(StatefulSet.class, "thirteen-kafka")
                .getSpec()
                .getVolumeClaimTemplates();
    }

    @Test
    void trainerIsNeverTwo() throws Exception {
        var spec = Manifests.parse(helm.template().text())
                .one(Deployment.class, "thirteen-trainer")
                .getSpec();
        assertThat(spec.getReplicas()).isEqualTo(1);
        assertThat(spec.getStrategy().getType()).isEqualTo("Recreate");
    }

    @Test
    void replicasComputePartsOfTheGradient() throws Exception {
        Manifests quiet = Manifests.parse(helm.template().text());
        assertThat(quiet.all(Deployment.class)).noneMatch(one -> name(one).equals("thirteen-gradient"));
        assertThat(environment(quiet, "thirteen-trainer")).doesNotContainKey("THIRTEEN_TRAINER_SPREAD_GRADIENTS");

        Manifests spread =
                Manifests.parse(helm.template("--set", "trainer.gradientReplicas=2,trainer.image=example.com/t:1")
                        .text());
        Deployment gradient = spread.one(Deployment.class, "thirteen-gradient");
        assertThat(gradient.getSpec().getReplicas()).isEqualTo(2);
        assertThat(gradient.getSpec().getStrategy().getType()).isEqualTo("RollingUpdate");
        assertThat(gradient.getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getImage())
                .isEqualTo("example.com/t:1");
        // One without memory would give back for ever what it takes; the trainer has a run to fail instead.
        assertThat(environment(spread, "thirteen-gradient"))
                .containsEntry("THIRTEEN_TRAINER_ROLE", "gradient")
                .hasEntrySatisfying(
                        "JDK_JAVA_OPTIONS",
                        options -> assertThat(options).contains("-Xmx384m -XX:+ExitOnOutOfMemoryError "));
        assertThat(environment(spread, "thirteen-trainer"))
                .containsEntry("THIRTEEN_TRAINER_SPREAD_GRADIENTS", "true")
                .hasEntrySatisfying(
                        "JDK_JAVA_OPTIONS", options -> assertThat(options).doesNotContain("ExitOnOutOfMemoryError"))
                .doesNotContainKey("THIRTEEN_TRAINER_ROLE");
        // Nobody calls them: no Service leads there, and calls for the trainer do not reach them.
        assertThat(spread.all(Service.class))
                .allSatisfy(
                        service -> assertThat(service.getSpec().getSelector().get("app.kubernetes.io/component"))
                                .isNotEqualTo("gradient"));
    }

    @Test
    void quotasAndLimitsReachTheServicesAsTheyAreWritten() throws Exception {
        Manifests manifests = Manifests.parse(helm.template(
                        "--set", "quotas.tenants.acme.tokensPerMinute=10000000,quotas.others.requestsPerMinute=60",
                        "--set",
                                "limits.messageBytes=8388608,limits.callTime=90s,limits.bodyTime=5s,limits.blobBytes=2000000000",
                        "--set", "eval.podSession=30s")
                .text());
        assertThat(environment(manifests, "thirteen-rollout"))
                .containsEntry("THIRTEEN_EDGE_MAX_MESSAGE_BYTES", "8388608")
                .containsEntry("THIRTEEN_ROLLOUT_MAX_CALL_TIME", "90s")
                .containsEntry("THIRTEEN_ROLLOUT_MAX_BODY_TIME", "5s")
                .hasEntrySatisfying(
                        "JDK_JAVA_OPTIONS",
                        options -> assertThat(options)
                                .contains(" -Dthirteen.quotas.tenants.acme.tokens-per-minute=10000000 ")
                                .contains(" -Dthirteen.quotas.others.requests-per-minute=60"));
        assertThat(environment(manifests, "thirteen-trainer"))
                .containsEntry("THIRTEEN_TRAINER_MAX_BLOB_BYTES", "2000000000");
        assertThat(environment(manifests, "thirteen-eval")).containsEntry("THIRTEEN_EVAL_POD_SESSION", "30s");
    }

    @Test
    void programsRunInPodsOfTheirOwnWithoutAnySecret() throws Exception {
        Manifests without = Manifests.parse(helm.template().text());
        assertThat(without.all(Deployment.class)).noneMatch(one -> name(one).equals("thirteen-sandbox"));
        assertThat(environment(without, "thirteen-reward")).doesNotContainKey("THIRTEEN_REWARD_CODE");

        Manifests with = Manifests.parse(helm.template(
                        "--set", "sandbox.enabled=true,sandbox.runtimeClassName=gvisor",
                        "--set", "tls.enabled=true,tls.secret=t,auth.mode=keys,auth.keysSecret=k,auth.ownKeySecret=o",
                        "--set", "kafka.clientSecret=s")
                .text());
        assertThat(environment(with, "thirteen-reward"))
                .containsEntry("THIRTEEN_REWARD_CODE", "remote")
                .containsEntry("THIRTEEN_REWARD_SANDBOX", "thirteen-sandbox.thirteen.svc:9105");
        PodSpec pod = with.one(Deployment.class, "thirteen-sandbox")
                .getSpec()
                .getTemplate()
                .getSpec();
        assertThat(pod.getRuntimeClassName()).isEqualTo("gvisor");
        assertThat(pod.getVolumes())
                .singleElement()
                .satisfies(volume -> assertThat(volume.getEmptyDir()).isNotNull());
        assertThat(environment(with, "thirteen-sandbox"))
                .containsOnlyKeys("JDK_JAVA_OPTIONS", "THIRTEEN_SANDBOX_PROGRAMS");
    }

    @Test
    void aPodForBackupsKnowsTheBrokersAndNothingElse() throws Exception {
        Manifests without = Manifests.parse(helm.template().text());
        assertThat(without.all(Deployment.class)).noneMatch(one -> name(one).equals("thirteen-backup"));

        Manifests with = Manifests.parse(helm.template(
                        "--set", "backup.enabled=true,kafka.image=example.com/kafka:1,kafka.clientSecret=s",
                        "--set", "kafka.mode=external,kafka.external.bootstrapServers=a:9093",
                        "--set", "tls.enabled=true,tls.secret=t,auth.mode=keys,auth.keysSecret=k,auth.ownKeySecret=o")
                .text());
        assertThat(environment(with, "thirteen-backup"))
                .containsEntry("THIRTEEN_KAFKA_BOOTSTRAP_SERVERS", "a:9093")
                .containsEntry("THIRTEEN_KAFKA_CLIENT_PROPERTIES", "/etc/thirteen/kafka/client.properties")
                .containsEntry("THIRTEEN_KAFKA_REPLICATION", "3")
                .hasSize(4);
        PodSpec pod = with.one(Deployment.class, "thirteen-backup")
                .getSpec()
                .getTemplate()
                .getSpec();
        assertThat(pod.getContainers()).singleElement().satisfies(container -> {
            assertThat(container.getImage()).isEqualTo("example.com/kafka:1");
            assertThat(container.getArgs()).containsExactly("wait");
            assertThat(container.getPorts()).isEmpty();
        });
        assertThat(pod.getVolumes()).extracting(volume -> volume.getName()).containsExactly("tmp", "kafka-client");
    }

    @Test
    void kedaAsksByTlsWhereServicesSpeakIt() throws Exception {
        String rendered = helm.template(
                        "--set", "tls.enabled=true,tls.secret=t", "--set", "rollout.autoscaling.kind=keda")
                .text();
        assertThat(rendered)
                .contains("authenticationRef: {name: thirteen-rollout}", "enableTLS: \"true\"", "parameter: caCert");
        assertThat(helm.template("--set", "rollout.autoscaling.kind=keda").text())
                .doesNotContain("enableTLS");
    }

    private static Map<String, String> environment(Manifests manifests, String deployment) {
        return manifests
                .one(Deployment.class, deployment)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv()
                .stream()
                .filter(variable -> variable.getValue() != null)
                .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
    }

    private static String name(Deployment deployment) {
        return deployment.getMetadata().getName();
    }

    @Test
    void everyPodGoesWhereTheReleaseMayRun() throws Exception {
        String all = "nodeSelector.pool=a,tolerations[0].operator=Exists,sandbox.enabled=true,backup.enabled=true";
        Manifests manifests = Manifests.parse(helm.template("--set", all, "--set", "trainer.nodeSelector.pool=gpu")
                .text());
        assertThat(manifests.pods()).hasSizeGreaterThan(8).allSatisfy(pod -> {
            boolean trainer = pod.getContainers().getFirst().getName().equals("trainer");
            assertThat(pod.getNodeSelector()).isEqualTo(Map.of("pool", trainer ? "gpu" : "a"));
            assertThat(pod.getTolerations())
                    .singleElement()
                    .satisfies(one -> assertThat(one.getOperator()).isEqualTo("Exists"));
        });
    }

    /** A variable that is there twice is refused by server-side apply, and lost without it. */
    @Test
    void whatTheChartSetsIsNotSetAgain() throws Exception {
        assertThat(helm.template("--set", "rollout.settings.thirteen\\.rollout\\.shutdown-grace=60s")
                        .text())
                .contains("rollout.settings.thirteen.rollout.shutdown-grace: the chart sets this");
        assertThat(helm.template("--set", "eval.extraEnv[0].name=THIRTEEN_AUTH_MODE,eval.extraEnv[0].value=keys")
                        .text())
                .contains("eval.extraEnv: the chart sets THIRTEEN_AUTH_MODE");
    }

    @Test
    void aPodMayEndAsSlowlyAsItIsToldTo() throws Exception {
        Manifests slow = Manifests.parse(
                helm.template("--set", "rollout.shutdownGraceSeconds=60,rollout.terminationGracePeriodSeconds=128")
                        .text());
        assertThat(environment(slow, "thirteen-rollout")).containsEntry("THIRTEEN_ROLLOUT_SHUTDOWN_GRACE", "60s");
        assertThat(helm.template("--set", "rollout.shutdownGraceSeconds=60").text())
                .contains("rollout.terminationGracePeriodSeconds must be at least 128");
    }

    @Test
    void missingValuesAreNamed() throws Exception {
        assertThat(helm.template("--set", "kafka.mode=external").text()).contains("kafka.external.bootstrapServers");
        assertThat(helm.template("--set", "ingress.enabled=true").text()).contains("ingress.host");
        assertThat(helm.template("--set", "gateway.enabled=true").text()).contains("gateway.parentRefs");
        assertThat(helm.template("--set", "tls.enabled=true").text()).contains("tls.secret");
        assertThat(helm.template("--set", "auth.mode=keys").text()).contains("auth.ownKeySecret");
        assertThat(helm.template("--set", "rollout.autoscaling.kind=hpa,rollout.autoscaling.minReplicas=0")
                        .text())
                .contains("rollout.autoscaling.minReplicas");
        assertThat(helm.template("--set", "tls.enabled=true,tls.secret=s,tls.certManager.enabled=true")
                        .text())
                .contains("tls.certManager.issuerRef.name");
        assertThat(helm.template("--set", "auth.mode=tokens,auth.keysSecret=k,auth.ownKeySecret=o")
                        .text())
                .contains("auth.jwt.issuer is needed with auth.mode: tokens");
    }

    @Test
    void plainManifestsAreThoseOfTheChart(@TempDir Path fresh) throws Exception {
        Helm.Answer rendered = Helm.run(List.of("../bin/k8s", fresh.toString()));
        assertThat(rendered.code()).as(rendered.text()).isZero();
        for (String file : List.of("thirteen.yaml", "namespace.yaml", "kustomization.yaml")) {
            assertThat(Path.of("../k8s", file))
                    .as("k8s/ is stale: run make k8s and commit it")
                    .hasSameTextualContentAs(fresh.resolve(file));
        }
    }
}
