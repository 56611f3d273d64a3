package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Caller.Role;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.stub.MetadataUtils;
import io.quarkus.grpc.GlobalInterceptor;
import io.quarkus.grpc.runtime.Interceptors;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.Prioritized;
import jakarta.inject.Inject;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lets a call in, or not: by the key or token that it brings and the role that its method needs. */
@GlobalInterceptor
@ApplicationScoped
public class Access implements ServerInterceptor, Prioritized {
    /** The key of a call. */
    public static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    /** The tenant whom an administrator's call is made for: it sees and uses up what is the tenant's. */
    private static final Metadata.Key<String> FOR_TENANT =
            Metadata.Key.of("thirteen-for-tenant", Metadata.ASCII_STRING_MARSHALLER);

    /** Within the thread of the call, since the keys of tokens may have to be fetched, and before all else there. */
    private static final int ON_A_THREAD = Interceptors.BLOCKING_HANDLER - 1;

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
            Map.entry(TRAINING + "ForkRun", Role.TRAIN),
            Map.entry(TRAINING + "PauseRun", Role.TRAIN),
            Map.entry(TRAINING + "ResumeRun", Role.TRAIN),
            Map.entry(TRAINING + "CancelRun", Role.TRAIN),
            Map.entry(ADAPTERS + "GetAdapter", Role.INFER),
            Map.entry(ADAPTERS + "ListAdapters", Role.INFER),
            Map.entry(ADAPTERS + "WatchAdapters", Role.INFER),
            Map.entry(ADAPTERS + "ExportAdapter", Role.INFER),
            Map.entry(ADAPTERS + "ImportAdapter", Role.TRAIN),
            Map.entry(EVALUATION + "StartEvaluation", Role.TRAIN),
            Map.entry(EVALUATION + "CancelEvaluation", Role.TRAIN),
            Map.entry(EVALUATION + "GetEvaluation", Role.INFER),
            Map.entry(EVALUATION + "ListEvaluations", Role.INFER),
            Map.entry(EVALUATION + "StreamAnswers", Role.INFER),
            Map.entry(EVALUATION + "WatchEvaluation", Role.INFER));

    private static final String SCHEME = "Bearer ";

    private final boolean anonymous;
    private final Optional<ApiKeys> keys;
    private final Optional<Tokens> tokens;
    private final Quotas quotas;

    @Inject
    Access(AuthSettings settings, Quotas quotas) {
        this(settings, quotas, InstantSource.system());
    }

    Access(AuthSettings settings, Quotas quotas, InstantSource clock) {
        this.anonymous = settings.mode() == AuthSettings.Mode.ANONYMOUS;
        this.keys = anonymous ? Optional.empty() : settings.keysFile().map(ApiKeys::read);
        this.tokens = settings.mode() == AuthSettings.Mode.TOKENS
                ? Optional.of(new Tokens(settings.jwt(), clock))
                : Optional.empty();
        this.quotas = quotas;
        if (settings.mode() == AuthSettings.Mode.KEYS && keys.isEmpty()) {
            throw new Failure(Failure.Kind.CALLER, "thirteen.auth.keys-file is needed with thirteen.auth.mode=keys");
        }
    }

    @Override
    public int getPriority() {
        return ON_A_THREAD;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        MethodDescriptor<Q, A> method = call.getMethodDescriptor();
        try {
            Caller caller = enter(
                    String.valueOf(method.getServiceName()), method.getFullMethodName(), headers.get(AUTHORIZATION));
            String tenant = headers.get(FOR_TENANT);
            if (tenant != null && caller.admin()) {
                caller = caller.actingFor(tenant);
                quotas.request(caller);
            }
            return Contexts.interceptCall(caller.in(Context.current()), call, headers, next);
        } catch (Failure refused) {
            FailureStatus.close(call, refused);
            return new ServerCall.Listener<>() {};
        }
    }

    private Caller enter(String service, String method, @Nullable String authorization) {
        if (OPEN.contains(service)) return Caller.ANYBODY;
        return enter(authorization, needed(service, method));
    }

    /** The channel of calls that are made for a tenant, and counted as its own; without one, the channel itself. */
    public static Channel forTenant(Channel channel, String tenant) {
        if (tenant.isEmpty()) return channel;
        Metadata headers = new Metadata();
        headers.put(FOR_TENANT, tenant);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /** The role that a method needs. */
    static Caller.Role needed(String service, String method) {
        return SERVICES.getOrDefault(service, METHODS.getOrDefault(method, Role.ADMIN));
    }

    /**
     * Who calls.
     *
     * @throws Failure UNKNOWN_CALLER, FORBIDDEN where its role is not enough, CAPACITY where its tenant called too often, OUTSIDE
     *     where the keys that tokens are signed with cannot be had
     */
    public Caller enter(@Nullable String authorization, Role needed) {
        if (anonymous) return Caller.ANYBODY;
        Caller caller = caller(authorization);
        if (!caller.role().covers(needed)) {
            throw new Failure(
                    Failure.Kind.FORBIDDEN,
                    "'%s' has the role %s, this needs %s"
                            .formatted(caller.name(), lower(caller.role()), lower(needed)));
        }
        quotas.request(caller);
        return caller;
    }

    private Caller caller(@Nullable String authorization) {
        if (authorization == null || !authorization.startsWith(SCHEME)) {
            throw new Failure(Failure.Kind.UNKNOWN_CALLER, "a key or token is needed: authorization: Bearer KEY");
        }
        String shown = authorization.substring(SCHEME.length()).strip();
        if (tokens.isPresent() && Tokens.looksLikeOne(shown))
            return tokens.get().caller(shown);
        return keys.flatMap(known -> known.caller(shown))
                .orElseThrow(() -> new Failure(Failure.Kind.UNKNOWN_CALLER, "the key is not known"));
    }

    private static String lower(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }
}
