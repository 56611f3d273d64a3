package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * An error as the OpenAI dialect tells it.
 *
 * @param status of HTTP
 * @param param the field that is wrong
 * @param retry when the same call may go through; empty when never
 */
record OpenAiError(
        int status,
        String message,
        String type,
        @Nullable String param,
        @Nullable String code,
        Optional<Duration> retry) {
    private static final Logger LOG = Logger.getLogger(OpenAiError.class);
    private static final String CALLER = "invalid_request_error";
    private static final String SERVER = "server_error";
    private static final Duration SOON = Duration.ofSeconds(1);

    /** What a client is told; never a stack trace. What is unknown is logged. */
    static OpenAiError of(Throwable thrown) {
        if (thrown instanceof Failure failure && failure.kind() != Failure.Kind.BUG) return of(failure);
        LOG.error("a call met a bug", thrown);
        return new OpenAiError(
                500, "internal error, see the log of this service", SERVER, null, null, Optional.empty());
    }

    private static OpenAiError of(Failure failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure.kind()) {
            case CALLER -> wrong(failure, message);
            case UNKNOWN_CALLER -> new OpenAiError(401, message, CALLER, null, "invalid_api_key", Optional.empty());
            case FORBIDDEN -> new OpenAiError(403, message, CALLER, null, "forbidden", Optional.empty());
            case LATE -> new OpenAiError(408, message, CALLER, null, "timeout", Optional.empty());
            case NOT_FOUND -> new OpenAiError(404, message, CALLER, "model", "model_not_found", Optional.empty());
            case EXISTS, CONFLICT -> new OpenAiError(409, message, CALLER, null, null, Optional.empty());
            case CAPACITY ->
                new OpenAiError(429, message, "rate_limit_error", null, "rate_limit_exceeded", retry(failure));
            case OUTSIDE -> new OpenAiError(503, message, SERVER, null, "unavailable", retry(failure));
            case BUG -> new OpenAiError(500, message, SERVER, null, null, Optional.empty());
        };
    }

    private static Optional<Duration> retry(Failure failure) {
        return Optional.of(failure.again().orElse(SOON));
    }

    private static OpenAiError wrong(Failure failure, String message) {
        boolean tooLong =
                failure.reason().filter(Failure.Reason.PROMPT_TOO_LONG::equals).isPresent();
        String code = tooLong ? "context_length_exceeded" : null;
        String param = failure.fields().isEmpty()
                ? null
                : param(failure.fields().getFirst().path());
        return new OpenAiError(400, message, CALLER, param, code, Optional.empty());
    }

    /** The dialect's name of a field that our own messages name by a path. */
    private static String param(String path) {
        if (path.equals("samples")) return "n";
        if (!path.startsWith("sampling.")) return path;
        return path.split("\\.")[1].replace('-', '_');
    }

    static OpenAiError noSuchPath(String method, String path) {
        return new OpenAiError(
                404, "there is no " + method + " " + path, CALLER, null, "unknown_url", Optional.empty());
    }

    static OpenAiError noSuchMethod(String method, String path, String allowed) {
        String message = "%s is not possible on %s: %s are".formatted(method, path, allowed);
        return new OpenAiError(405, message, CALLER, null, "method_not_supported", Optional.empty());
    }

    /** What the HTTP server itself refuses. */
    static OpenAiError refused(int status) {
        if (status == 413) return tooLarge();
        return new OpenAiError(status, "HTTP status %d".formatted(status), CALLER, null, null, Optional.empty());
    }

    private static OpenAiError tooLarge() {
        return new OpenAiError(413, "the request is too large", CALLER, null, null, Optional.empty());
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("error")
                .put("message", message)
                .put("type", type)
                .put("param", param)
                .put("code", code);
        return json;
    }
}
