package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.reward.v1.RewardServiceGrpc;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AccessTest {
    private static final List<ServiceDescriptor> SERVICES = List.of(
            TrainingServiceGrpc.getServiceDescriptor(),
            AdapterServiceGrpc.getServiceDescriptor(),
            GenerationServiceGrpc.getServiceDescriptor(),
            RewardServiceGrpc.getServiceDescriptor(),
            EvaluationServiceGrpc.getServiceDescriptor());

    /** What is forgotten needs an administrator, so that a new method shows up here. */
    @Test
    void everyMethodHasARoleOfItsOwn() {
        assertThat(methods(Caller.Role.ADMIN)).isEmpty();
        assertThat(methods(Caller.Role.TRAIN))
                .containsExactlyInAnyOrder(
                        "PutBlob",
                        "CreateRun",
                        "PauseRun",
                        "ResumeRun",
                        "ForkRun",
                        "CancelRun",
                        "ImportAdapter",
                        "StartEvaluation",
                        "CancelEvaluation");
        assertThat(Access.needed("elsewhere.Service", "elsewhere.Service/Do")).isEqualTo(Caller.Role.ADMIN);
    }

    private static Stream<String> methods(Caller.Role role) {
        return SERVICES.stream()
                .flatMap(service -> service.getMethods().stream())
                .filter(method -> Access.needed(method.getServiceName(), method.getFullMethodName()) == role)
                .map(MethodDescriptor::getBareMethodName);
    }

    @Test
    void aCallerSeesItsTenantAndAnAdministratorAll() {
        Caller acme = new Caller("ann", Caller.Role.TRAIN, "acme");
        Caller nobodys = new Caller("nel", Caller.Role.TRAIN, "");
        Caller boss = new Caller("boss", Caller.Role.ADMIN, "acme");

        assertThat(Stream.of("acme.first", "other.first", "first").map(acme::sees))
                .containsExactly(true, false, false);
        assertThat(Stream.of("acme.first", "first").map(nobodys::sees)).containsExactly(false, true);
        assertThat(Stream.of("acme.first", "other.first", "first").map(boss::sees))
                .containsOnly(true);
        assertThat(acme.problem("acme.first")).isEmpty();
        assertThat(acme.problem("first")).isEqualTo("must begin with 'acme.', the tenant of 'ann'");
        assertThat(nobodys.problem("acme.first")).isEqualTo("must have no dot: 'nel' belongs to no tenant");
    }

    @Test
    void outsideOfACallThereIsNoCaller() throws Exception {
        assertThatThrownBy(Caller::current).isInstanceOf(Failure.class).hasMessageStartingWith("nobody calls");
        assertThat(Caller.ANYBODY.in(Context.ROOT).call(Caller::current)).isEqualTo(Caller.ANYBODY);
    }
}
