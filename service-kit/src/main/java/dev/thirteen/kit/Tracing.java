package dev.thirteen.kit;

import io.grpc.Metadata;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapSetter;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Carries the W3C trace context through Kafka headers and gRPC metadata, and starts spans around records. */
@Singleton
public class Tracing {
    private static final TextMapSetter<Headers> KAFKA_SETTER = (headers, key, value) -> {
        if (headers != null) headers.remove(key).add(key, value.getBytes(StandardCharsets.UTF_8));
    };
    private static final TextMapSetter<Metadata> GRPC_SETTER = (metadata, key, value) -> {
        if (metadata != null) metadata.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value);
    };
    private static final TextMapGetter<Headers> KAFKA_GETTER = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Headers headers) {
            return Arrays.stream(headers.toArray()).map(Header::key).toList();
        }

        @Override
        public @Nullable String get(@Nullable Headers headers, String key) {
            Header header = headers == null ? null : headers.lastHeader(key);
            return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
        }
    };

    private final OpenTelemetry telemetry;
    private final Tracer tracer;

    public Tracing(OpenTelemetry telemetry) {
        this.telemetry = telemetry;
        this.tracer = telemetry.getTracer("dev.thirteen");
    }

    /** Spans that nobody records, for tests without telemetry. */
    public static Tracing off() {
        return new Tracing(OpenTelemetry.noop());
    }

    /** The tracer for spans that are no record's. */
    public Tracer tracer() {
        return tracer;
    }

    /** Context that the record's headers carry; the root where they carry none. */
    public Context contextOf(ConsumerRecord<?, ?> record) {
        return telemetry
                .getPropagators()
                .getTextMapPropagator()
                .extract(Context.root(), record.headers(), KAFKA_GETTER);
    }

    /** Starts a CONSUMER span below the context of the record; the caller ends it. */
    public Span consuming(ConsumerRecord<?, ?> record, String group) {
        return messaging("process " + record.topic(), SpanKind.CONSUMER, record.topic())
                .setParent(contextOf(record))
                .setAttribute("messaging.operation.type", "process")
                .setAttribute("messaging.consumer.group.name", group)
                .setAttribute("messaging.destination.partition.id", Integer.toString(record.partition()))
                .setAttribute("messaging.kafka.offset", record.offset())
                .setAttribute("messaging.kafka.message.key", String.valueOf(record.key()))
                .startSpan();
    }

    /** Starts a PRODUCER span below the current context and writes it into the record's headers; the caller ends it. */
    public Span producing(ProducerRecord<?, ?> record) {
        Span span = messaging("send " + record.topic(), SpanKind.PRODUCER, record.topic())
                .setParent(Context.current())
                .setAttribute("messaging.operation.type", "send")
                .setAttribute("messaging.kafka.message.key", String.valueOf(record.key()))
                .startSpan();
        inject(Context.current().with(span), record.headers());
        return span;
    }

    /** Writes the context into Kafka headers, over what they carried. */
    public void inject(Context context, Headers headers) {
        telemetry.getPropagators().getTextMapPropagator().inject(context, headers, KAFKA_SETTER);
    }

    /** Writes the context into gRPC metadata. */
    public void inject(Context context, Metadata metadata) {
        telemetry.getPropagators().getTextMapPropagator().inject(context, metadata, GRPC_SETTER);
    }

    private SpanBuilder messaging(String name, SpanKind kind, String topic) {
        return tracer.spanBuilder(name)
                .setSpanKind(kind)
                .setAttribute("messaging.system", "kafka")
                .setAttribute("messaging.destination.name", topic);
    }
}
