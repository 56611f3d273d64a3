package dev.thirteen.eval;

import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import dev.thirteen.local.BrokerProcess;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A real broker, on which an earlier eval-service left an evaluation unfinished, and the fake policies. */
public class EvalSurroundings implements QuarkusTestResourceLifecycleManager {
    /** Id of the evaluation that was RUNNING when the earlier process ended. */
    static final String UNFINISHED = "unfinished";

    private final BrokerProcess broker = BrokerProcess.start();
    private final FakePolicies policies = new FakePolicies();

    @Override
    public Map<String, String> start() {
        try (ServerSocket free = new ServerSocket(0)) {
            Path cache = Files.createTempDirectory("eval-cache");
            leaveUnfinished(clients(broker.bootstrapServers()));
            return Map.of(
                    "thirteen.kafka.bootstrap-servers", broker.bootstrapServers(),
                    "thirteen.endpoints.trainer", policies.endpoint(),
                    "thirteen.endpoints.rollout", policies.endpoint(),
                    "thirteen.endpoints.reward", policies.endpoint(),
                    "thirteen.cache.folder", cache.toString(),
                    "thirteen.eval.follow-interval", "20ms",
                    "quarkus.grpc.server.test-port", Integer.toString(free.getLocalPort()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void leaveUnfinished(KafkaClients clients) {
        clients.ensureTopics();
        Evaluation running = Evaluation.newBuilder()
                .setId(UNFINISHED)
                .setSpec(EvalServiceTest.spec().addAdapters("run@7"))
                .setPhase(EvaluationPhase.EVALUATION_PHASE_RUNNING)
                .build();
        try (Producer<String, byte[]> producer = clients.producer()) {
            producer.send(new ProducerRecord<>(Topics.EVALUATIONS.topic(), UNFINISHED, running.toByteArray()));
            for (int problem : new int[] {0, 1, 1}) producer.send(answer(problem));
        }
    }

    /** Wrong answers, which the policies would not give: who finds them in the table knows that nobody asked again. */
    private static ProducerRecord<String, byte[]> answer(int problem) {
        Verdict wrong = Verdict.newBuilder()
                .setKind(VerdictKind.VERDICT_KIND_INCORRECT)
                .setExtracted("-1")
                .build();
        byte[] answer = EvaluationAnswer.newBuilder()
                .setEvaluationId(UNFINISHED)
                .setLabel("run@7")
                .setProblem(problem)
                .setProvenance(
                        Provenance.newBuilder().setBaseDigest("base-digest").setAdapterDigest("run@7"))
                .setStrict(wrong)
                .setFlexible(wrong)
                .build()
                .toByteArray();
        return new ProducerRecord<>(Topics.EVALUATION_ANSWERS.topic(), UNFINISHED, answer);
    }

    /** Clients as a service has them. */
    static KafkaClients clients(String bootstrapServers) {
        return new KafkaClients(bootstrapServers, Duration.ofSeconds(60), 1);
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(policies, new TestInjector.MatchesType(FakePolicies.class));
    }

    @Override
    public void stop() {
        policies.close();
        broker.close();
    }
}
