package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.ApiKeys.Caller;
import dev.thirteen.kit.ApiKeys.Role;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.Prioritized;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lets a call in, or not: by the key that it brings and the role that its method needs. */
@GlobalInterceptor
@ApplicationScoped
public class Access implements ServerInterceptor, Prioritized {
    /** The key of a call. */
    public static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    /** Before everything else: who may not call costs nothing. */
    private static final int FIRST = Integer.MAX_VALUE;

    /** Probes bring no key, and neither does KEDA, which learns the length of a queue. */
    private static final Set<String> OPEN = Set.of("grpc.health.v1.Health", "externalscaler.ExternalScaler");

    private static final String TRAINING = "thirteen.training.v1.TrainingService/";
    private static final String ADAPTERS = "thirteen.policy.v1.AdapterService/";
    private static final String EVALUATION = "thirteen.evaluation.v1.EvaluationService/";

    /** Services whose methods all need the same; a method that is named nowhere needs the role of administrators. */
    private static final Map<String, Role> SERVICES = Map.of(
            "thirteen.generation.v1.GenerationService", Role.INFER,
            "thirteen.reward.v1.RewardService", Role.INFER,
            "grpc.reflection.v1.ServerReflection", Role.INFER,
            "grpc.reflection.v1alpha.ServerReflection", Role.INFER);

    private static final Map<String, Role> METHODS = Map.ofEntries(
            Map.entry(TRAINING + "GetBlob", Role.INFER),
            Map.entry(TRAINING + "GetRun", Role.INFER),
            Map.entry(TRAINING + "ListRuns", Role.INFER),
            Map.entry(TRAINING + "WatchRun", Role.INFER),
            Map.entry(TRAINING + "PutBlob", Role.TRAIN),
            Map.entry(TRAINING + "CreateRun", Role.TRAIN),
            Map.entry(TRAINING + "PauseRun", Role.TRAIN),
            Map.entry(TRAINING + "ResumeRun", Role.TRAIN),
            Map.entry(TRAINING + "CancelRun", Role.TRAIN),
            Map.entry(ADAPTERS + "GetAdapter", Role.INFER),
            Map.entry(ADAPTERS + "ListAdapters", Role.INFER),
            Map.entry(ADAPTERS + "WatchAdapters", Role.INFER),
            Map.entry(ADAPTERS + "ExportAdapter", Role.INFER),
            Map.entry(ADAPTERS + "ImportAdapter", Role.TRAIN),
            Map.entry(EVALUATION + "StartEvaluation", Role.TRAIN),
            Map.entry(EVALUATION + "GetEvaluation", Role.INFER),
            Map.entry(EVALUATION + "WatchEvaluation", Role.INFER));

    private final @Nullable ApiKeys keys;

    Access(AuthSettings settings) {
        this.keys = settings.mode() == AuthSettings.Mode.ANONYMOUS
                ? null
                : ApiKeys.read(settings.keysFile()
                        .orElseThrow(() -> new Failure(
                                Failure.Kind.CALLER,
                                "thirteen.auth.keys-file is needed with thirteen.auth.mode=keys")));
    }

    @Override
    public int getPriority() {
        return FIRST;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Optional<Status> refused = refusal(
                String.valueOf(call.getMethodDescriptor().getServiceName()),
                call.getMethodDescriptor().getFullMethodName(),
                headers.get(AUTHORIZATION));
        if (refused.isEmpty()) return next.startCall(call, headers);
        call.close(refused.get(), new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private Optional<Status> refusal(String service, String method, @Nullable String authorization) {
        if (keys == null || OPEN.contains(service)) return Optional.empty();
        return refusal(authorization, SERVICES.getOrDefault(service, METHODS.getOrDefault(method, Role.ADMIN)));
    }

    /** Why a caller with this authorization may not do what needs a role; empty when it may. */
    public Optional<Status> refusal(@Nullable String authorization, Role needed) {
        ApiKeys known = keys;
        if (known == null) return Optional.empty();
        if (authorization == null) {
            return Optional.of(Status.UNAUTHENTICATED.withDescription("a key is needed: authorization: Bearer KEY"));
        }
        Optional<Caller> caller = known.caller(authorization);
        if (caller.isEmpty()) return Optional.of(Status.UNAUTHENTICATED.withDescription("the key is not known"));
        if (caller.get().role().covers(needed)) return Optional.empty();
        return Optional.of(Status.PERMISSION_DENIED.withDescription("'%s' has the role %s, this needs %s"
                .formatted(caller.get().name(), lower(caller.get().role()), lower(needed))));
    }

    private static String lower(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }
}
