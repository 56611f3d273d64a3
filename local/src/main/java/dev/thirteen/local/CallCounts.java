package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The gRPC calls that processes were asked for since they began, by method, as their {@code /q/metrics} count them: by
 * messages received, of which every method but PutBlob takes one a call.
 *
 * @param calls by {@code package.Service/Method}
 */
record CallCounts(Map<String, Long> calls) {
    private static final Pattern RECEIVED =
            Pattern.compile("(?m)^grpc_server_requests_received_messages_total\\{([^}]*)} ([0-9.eE+]+)");
    private static final Pattern METHOD = Pattern.compile("\\bmethod=\"([^\"]*)\"");
    private static final Pattern SERVICE = Pattern.compile("\\bservice=\"([^\"]*)\"");

    /** Copies the map. */
    CallCounts {
        calls = Map.copyOf(calls);
    }

    /**
     * Of all these processes together, now.
     *
     * @param addresses of their metrics, {@code host:port}
     * @throws Failure OUTSIDE where one does not answer
     */
    static CallCounts of(List<String> addresses) {
        Map<String, Long> all = new HashMap<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (String address : addresses) {
                parse(metrics(http, address)).calls.forEach((method, count) -> all.merge(method, count, Long::sum));
            }
        }
        return new CallCounts(all);
    }

    /** Of what a process shows in Prometheus' text format. */
    static CallCounts parse(String metrics) {
        Map<String, Long> calls = new HashMap<>();
        Matcher line = RECEIVED.matcher(metrics);
        while (line.find()) {
            String method = label(SERVICE, line.group(1)) + "/" + label(METHOD, line.group(1));
            calls.merge(method, (long) Double.parseDouble(line.group(2)), Long::sum);
        }
        return new CallCounts(calls);
    }

    private static String label(Pattern name, String labels) {
        Matcher found = name.matcher(labels);
        if (!found.find()) throw new Failure(Failure.Kind.OUTSIDE, "a count of gRPC calls without names: " + labels);
        return found.group(1);
    }

    /** What came since an earlier count of the same processes. */
    CallCounts since(CallCounts earlier) {
        Map<String, Long> more = new HashMap<>();
        calls.forEach((method, count) -> more.put(method, count - earlier.of(method)));
        return new CallCounts(more);
    }

    /** Calls of one method. */
    long of(String method) {
        return calls.getOrDefault(method, 0L);
    }

    /** Calls of all methods but one. */
    long but(String method) {
        return calls.values().stream().mapToLong(Long::longValue).sum() - of(method);
    }

    private static String metrics(HttpClient http, String address) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + "/q/metrics"))
                .timeout(Duration.ofSeconds(30))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200) return answer.body();
            throw new Failure(Failure.Kind.OUTSIDE, "metrics of %s: %d".formatted(address, answer.statusCode()));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "metrics of " + address + " cannot be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while reading metrics", e);
        }
    }
}
