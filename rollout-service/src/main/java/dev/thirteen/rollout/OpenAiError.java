package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * An error as the OpenAI dialect tells it.
 *
 * @param status of HTTP
 * @param param the field that is wrong
 */
record OpenAiError(
        int status,
        String message,
        String type,
        @Nullable String param,
        @Nullable String code,
        boolean retryable) {
    private static final Logger LOG = Logger.getLogger(OpenAiError.class);
    private static final String CALLER = "invalid_request_error";
    private static final String SERVER = "server_error";

    /** What a client is told; never a stack trace. What is unknown is logged. */
    static OpenAiError of(Throwable thrown) {
        if (thrown instanceof Failure failure && failure.kind() != Failure.Kind.BUG) return of(failure);
        LOG.error("a call met a bug", thrown);
        return new OpenAiError(500, "internal error, see the log of this service", SERVER, null, null, false);
    }

    private static OpenAiError of(Failure failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure.kind()) {
            case CALLER -> wrong(failure, message);
            case NOT_FOUND -> new OpenAiError(404, message, CALLER, "model", "model_not_found", false);
            case EXISTS, CONFLICT -> new OpenAiError(409, message, CALLER, null, null, false);
            case CAPACITY -> new OpenAiError(429, message, "rate_limit_error", null, "rate_limit_exceeded", true);
            case OUTSIDE -> new OpenAiError(503, message, SERVER, null, "unavailable", true);
            case BUG -> new OpenAiError(500, message, SERVER, null, null, false);
        };
    }

    private static OpenAiError wrong(Failure failure, String message) {
        boolean tooLong =
                failure.reason().filter(Failure.Reason.PROMPT_TOO_LONG::equals).isPresent();
        String code = tooLong ? "context_length_exceeded" : null;
        String param = failure.fields().isEmpty()
                ? null
                : param(failure.fields().getFirst().path());
        return new OpenAiError(400, message, CALLER, param, code, false);
    }

    /** The dialect's name of a field that our own messages name by a path. */
    private static String param(String path) {
        if (path.equals("samples")) return "n";
        if (!path.startsWith("sampling.")) return path;
        return path.split("\\.")[1].replace('-', '_');
    }

    static OpenAiError noSuchPath(String method, String path) {
        return new OpenAiError(404, "there is no " + method + " " + path, CALLER, null, "unknown_url", false);
    }

    /** The caller brings no key that is known, or one that is not enough. */
    static OpenAiError notAllowed(boolean known, String why) {
        return new OpenAiError(known ? 403 : 401, why, CALLER, null, known ? "forbidden" : "invalid_api_key", false);
    }

    static OpenAiError tooLarge() {
        return new OpenAiError(413, "the request is too large", CALLER, null, null, false);
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
