package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.util.concurrent.MoreExecutors;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.Tokenizer;
import dev.thirteen.kit.Access;
import dev.thirteen.kit.CallLimit;
import dev.thirteen.kit.Caller;
import dev.thirteen.kit.TlsSettings;
import io.opentelemetry.context.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * The paths of the OpenAI dialect. Routes of Vert.x and no resource methods: a field of the body decides whether the answer
 * is JSON or a stream of events, and the closing of a connection must reach the decode loop in either case. What serves a
 * call runs on virtual threads of its own, in the trace that it came with.
 */
@Singleton
class OpenAiRoutes {
    private static final Logger LOG = Logger.getLogger(OpenAiRoutes.class);
    private static final String CALLER = "thirteen-caller";
    private static final String MODEL_PATH = "/v1/models/";

    private final Executor threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("http-", 0).factory());
    private final OpenAiModels models;
    private final OpenAiCalls calls;
    private final Access access;
    private final CallLimit limit;
    private final OpenAiMeters meters;
    private final OpenAiBodies bodies;
    private final boolean encrypted;

    OpenAiRoutes(
            OpenAiModels models,
            OpenAiCalls calls,
            Access access,
            CallLimit limit,
            OpenAiMeters meters,
            OpenAiBodies bodies,
            TlsSettings tls) {
        this.limit = limit;
        this.meters = meters;
        this.bodies = bodies;
        this.models = models;
        this.calls = calls;
        this.access = access;
        this.encrypted = tls.folder().isPresent();
    }

    void register(@Observes Router router) {
        router.route("/v1/*").handler(meters::time).handler(this::admit);
        get(router, "/v1/models", call -> serve(call, http -> http.answer(200, models.list())));
        get(router, MODEL_PATH + "*", call -> serve(call, http -> http.answer(200, models.entry(model(call)))));
        router.post("/v1/completions")
                .handler(bodies)
                .handler(call -> generate(call, OpenAiRequest::completion, OpenAiCompletionFormat::new));
        others(router, "/v1/completions", "POST, OPTIONS");
        router.post("/v1/chat/completions")
                .handler(bodies)
                .handler(call -> generate(call, OpenAiRequest::chat, OpenAiChatFormat::new));
        others(router, "/v1/chat/completions", "POST, OPTIONS");
        router.route("/v1/*").last().handler(OpenAiRoutes::unknown).failureHandler(OpenAiRoutes::failed);
    }

    private static void get(Router router, String path, Handler<RoutingContext> handler) {
        router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(handler);
        others(router, path, "GET, HEAD, OPTIONS");
    }

    /** What a path answers to methods that it does not serve. */
    private static void others(Router router, String path, String allowed) {
        router.route(path).handler(call -> {
            call.response().putHeader(HttpHeaders.ALLOW, allowed);
            HttpMethod method = call.request().method();
            if (method.equals(HttpMethod.OPTIONS)) {
                call.response().setStatusCode(204).end();
            } else {
                new OpenAiHttp(call).fail(OpenAiError.noSuchMethod(method.name(), call.normalizedPath(), allowed));
            }
        });
    }

    /** With certificates the port in the clear is for health and metrics alone. */
    private void admit(RoutingContext call) {
        if (encrypted && !call.request().isSSL()) {
            unknown(call);
            return;
        }
        try {
            Runnable leave = limit.enter();
            call.addEndHandler(_ -> leave.run());
        } catch (Failure full) {
            new OpenAiHttp(call).fail(OpenAiError.of(full));
            return;
        }
        // The body waits: the keys of tokens may have to be fetched.
        call.request().pause();
        io.vertx.core.Context loop = Vertx.currentContext();
        threads.execute(() -> enter(call, loop));
    }

    private void enter(RoutingContext call, io.vertx.core.Context loop) {
        try {
            call.put(CALLER, access.enter(call.request().getHeader(HttpHeaders.AUTHORIZATION), Caller.Role.INFER));
            loop.runOnContext(_ -> {
                call.request().resume();
                call.next();
            });
        } catch (Failure refused) {
            new OpenAiHttp(call).fail(OpenAiError.of(refused));
        }
    }

    /** Who makes a call that was admitted. */
    static Caller caller(RoutingContext call) {
        return call.get(CALLER);
    }

    /** Names may hold slashes, written as such or not. */
    private static String model(RoutingContext call) {
        String written = call.request().path().substring(MODEL_PATH.length());
        return URLDecoder.decode(written.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private void generate(
            RoutingContext call, Function<JsonNode, OpenAiRequest> read, Function<Tokenizer, OpenAiFormat> format) {
        Executor inTurn = MoreExecutors.newSequentialExecutor(Context.current().wrap(threads));
        serve(call, http -> calls.answer(parsed(call, read), format, http, inTurn));
    }

    private static OpenAiRequest parsed(RoutingContext call, Function<JsonNode, OpenAiRequest> read) {
        try (OpenAiBodies.Body body = OpenAiBodies.of(call)) {
            return read.apply(OpenAiBody.read(body.bytes()));
        }
    }

    private void serve(RoutingContext call, Consumer<OpenAiHttp> work) {
        OpenAiHttp http = new OpenAiHttp(call);
        Runnable served = caller(call).in(io.grpc.Context.current()).wrap(() -> {
            try {
                work.accept(http);
            } catch (RuntimeException e) {
                http.fail(OpenAiError.of(e));
            }
        });
        Context.current().wrap(threads).execute(served);
    }

    private static void unknown(RoutingContext call) {
        OpenAiError error = OpenAiError.noSuchPath(call.request().method().name(), call.normalizedPath());
        new OpenAiHttp(call).fail(error);
    }

    static void failed(RoutingContext call) {
        // Of Vert.x, and what the socket itself says.
        if (call.failure() instanceof HttpClosedException || call.failure() instanceof IOException) {
            LOG.debugf("a client has gone before its body was whole: %s", call.failure());
            return;
        }
        int status = call.statusCode();
        boolean refused = status >= 400 && status < 500;
        new OpenAiHttp(call).fail(refused ? OpenAiError.refused(status) : OpenAiError.of(call.failure()));
    }
}
