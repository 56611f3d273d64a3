package dev.thirteen.rollout;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Routes on a port of their own, without a service around them. */
final class LocalRouter implements AutoCloseable {
    private static final int LIMIT_SECONDS = 30;

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;

    /** @param routes adds what is to be answered */
    LocalRouter(Consumer<Router> routes) throws Exception {
        Router router = Router.router(vertx);
        routes.accept(router);
        server = await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
    }

    int port() {
        return server.actualPort();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
    }
}
