package dev.thirteen.trainer;

import dev.thirteen.kit.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import jakarta.inject.Singleton;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * One trace a step: its span {@code rl.step} starts when its requests are made and ends when it is committed. Requests
 * carry its context; the scored groups that come back are linked. A restarted trainer goes on in the same trace.
 */
@Singleton
class StepSpans {
    private static final Pattern TRACEPARENT = Pattern.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})");

    private final Tracing tracing;

    StepSpans(Tracing tracing) {
        this.tracing = tracing;
    }

    /** Starts the span of a step, as the root of a trace. */
    Span start(String run, long step) {
        return start(run, step, Context.root());
    }

    /** Goes on in the trace that an earlier process began. */
    Span resume(String run, long step, String traceparent) {
        Matcher parts = TRACEPARENT.matcher(traceparent);
        if (!parts.matches()) return start(run, step);
        SpanContext earlier = SpanContext.createFromRemoteParent(
                parts.group(1), parts.group(2), TraceFlags.fromHex(parts.group(3), 0), TraceState.getDefault());
        return start(run, step, Context.root().with(Span.wrap(earlier)));
    }

    private Span start(String run, long step, Context parent) {
        return tracing.tracer()
                .spanBuilder("rl.step")
                .setParent(parent)
                .setAttribute("rl.run", run)
                .setAttribute("rl.step", step)
                .startSpan();
    }

    /** Starts the span of a step's gradient. */
    Span gradient(Span step) {
        return tracing.tracer()
                .spanBuilder("rl.gradient")
                .setParent(Context.root().with(step))
                .startSpan();
    }

    /** Writes the span's context into a request. */
    void inject(Span step, ProducerRecord<String, byte[]> request) {
        tracing.inject(Context.root().with(step), request.headers());
    }

    /** Links what a record came from to the step that trains on it. */
    void link(Span step, ConsumerRecord<String, byte[]> record) {
        step.addLink(Span.fromContext(tracing.contextOf(record)).getSpanContext());
    }

    /** W3C traceparent of the span; empty when nothing is traced. */
    static String traceparent(Span span) {
        SpanContext context = span.getSpanContext();
        if (!context.isValid()) return "";
        return "00-%s-%s-%s"
                .formatted(
                        context.getTraceId(),
                        context.getSpanId(),
                        context.getTraceFlags().asHex());
    }

    /** Trace of the span: 32 hex digits; empty when nothing is traced. */
    static String traceId(Span span) {
        SpanContext context = span.getSpanContext();
        return context.isValid() ? context.getTraceId() : "";
    }
}
