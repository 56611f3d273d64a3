package dev.thirteen.system;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Receives OTLP over gRPC as a collector does, and keeps what arrives. */
final class TraceReceiver implements AutoCloseable {
    private final List<ResourceSpans> received = new CopyOnWriteArrayList<>();
    private final Server server;

    TraceReceiver() {
        try {
            server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .addService(new Collector())
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Collector extends TraceServiceGrpc.TraceServiceImplBase {
        @Override
        public void export(ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> answer) {
            received.addAll(request.getResourceSpansList());
            answer.onNext(ExportTraceServiceResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }

    /** Address for {@code OTEL_EXPORTER_OTLP_ENDPOINT}. */
    String endpoint() {
        return "http://127.0.0.1:" + server.getPort();
    }

    /** A span with the service that sent it. */
    private record Sent(String service, Span span) {
        String words() {
            return service + " " + span.getName();
        }
    }

    /**
     * The ways that came back to the steps of a trace, as "service span > service span > …": from a step by parents to a
     * span that it is linked to, and to the step again.
     */
    List<String> roundsOf(String traceId) {
        Map<ByteString, Sent> spans = new HashMap<>();
        for (ResourceSpans resource : received) {
            resource.getScopeSpansList().stream()
                    .flatMap(scope -> scope.getSpansList().stream())
                    .filter(span -> hex(span.getTraceId()).equals(traceId))
                    .forEach(span -> spans.put(span.getSpanId(), new Sent(service(resource), span)));
        }
        return spans.values().stream()
                .flatMap(step -> step.span().getLinksList().stream()
                        .filter(link -> hex(link.getTraceId()).equals(traceId))
                        .map(link -> way(spans, link.getSpanId()) + " > " + step.words()))
                .toList();
    }

    private static String way(Map<ByteString, Sent> spans, ByteString end) {
        Sent sent = spans.get(end);
        if (sent == null) return "?";
        ByteString parent = sent.span().getParentSpanId();
        return parent.isEmpty() ? sent.words() : way(spans, parent) + " > " + sent.words();
    }

    private static String service(ResourceSpans spans) {
        return spans.getResource().getAttributesList().stream()
                .filter(attribute -> attribute.getKey().equals("service.name"))
                .map(attribute -> attribute.getValue().getStringValue())
                .findFirst()
                .orElse("?");
    }

    private static String hex(ByteString id) {
        return HexFormat.of().formatHex(id.toByteArray());
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
