package dev.thirteen.system;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

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

    /** Names of the services that sent a span of the trace. */
    Set<String> servicesOf(String traceId) {
        return received.stream()
                .filter(spans -> spans.getScopeSpansList().stream()
                        .flatMap(scope -> scope.getSpansList().stream())
                        .anyMatch(span -> HexFormat.of()
                                .formatHex(span.getTraceId().toByteArray())
                                .equals(traceId)))
                .flatMap(spans -> spans.getResource().getAttributesList().stream())
                .filter(attribute -> attribute.getKey().equals("service.name"))
                .map(attribute -> attribute.getValue().getStringValue())
                .collect(Collectors.toSet());
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
