package dev.thirteen.rollout;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.Set;

/**
 * Times calls of the OpenAI dialect, whole streams included, under the name that Micrometer's HTTP servers use. Quarkus's own
 * binder is off: the build puts it before or behind tracing as its threads come by, and no two images would be the same.
 */
@Singleton
class OpenAiMeters {
    private static final String MODELS = "/v1/models";
    private static final Set<String> PATHS = Set.of(MODELS, "/v1/completions", "/v1/chat/completions");
    private static final Set<HttpMethod> METHODS = Set.copyOf(HttpMethod.values());

    private final MeterRegistry registry;

    OpenAiMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void time(RoutingContext call) {
        Timer.Sample began = Timer.start(registry);
        call.addEndHandler(_ -> began.stop(Timer.builder("http.server.requests")
                .description("Calls of the OpenAI dialect, to their last byte")
                .tag("method", method(call.request().method()))
                .tag("uri", uri(call.normalizedPath()))
                .tag("status", Integer.toString(call.response().getStatusCode()))
                .register(registry)));
        call.next();
    }

    /** Who calls may invent methods, too. */
    private static String method(HttpMethod method) {
        return METHODS.contains(method) ? method.name() : "UNKNOWN";
    }

    /** A time series a path: whatever else is asked for shares one. */
    private static String uri(String path) {
        if (PATHS.contains(path)) return path;
        return path.startsWith(MODELS + "/") ? MODELS + "/{model}" : "UNKNOWN";
    }
}
