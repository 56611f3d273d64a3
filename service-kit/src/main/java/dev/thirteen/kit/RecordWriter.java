package dev.thirteen.kit;

import com.google.protobuf.MessageLite;
import dev.thirteen.core.failure.Failure;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/** Writes single records outside transactions, each with a PRODUCER span of the current trace. Shared by threads. */
@Singleton
public class RecordWriter implements AutoCloseable {
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);

    private final KafkaClients clients;
    private final Tracing tracing;
    private @Nullable Producer<String, byte[]> producer;

    public RecordWriter(KafkaClients clients, Tracing tracing) {
        this.clients = clients;
        this.tracing = tracing;
    }

    /**
     * Writes a record and waits until the broker has it.
     *
     * @throws Failure OUTSIDE when the broker is not there or does not take it in time; CALLER when it is too large for the topic
     */
    public void write(Topics topic, String key, MessageLite value) throws InterruptedException {
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(topic.topic(), key, value.toByteArray());
        Span span = tracing.producing(record);
        try {
            producer().send(record).get();
        } catch (InterruptException e) {
            // Kafka sets the mark again, and its exception would count as a failure that is worth another try.
            Thread.interrupted();
            throw new InterruptedException(e.getMessage());
        } catch (ExecutionException e) {
            throw failed(span, topic, e.getCause() == null ? e : e.getCause());
        } catch (KafkaException e) {
            throw failed(span, topic, e);
        } finally {
            span.end();
        }
    }

    /** Made when it is needed: a service that starts without a broker says so in its own words. */
    private synchronized Producer<String, byte[]> producer() {
        if (producer == null) producer = clients.producer();
        return producer;
    }

    private static Failure failed(Span span, Topics topic, Throwable cause) {
        span.recordException(cause);
        span.setStatus(StatusCode.ERROR);
        boolean tooLarge = cause instanceof org.apache.kafka.common.errors.RecordTooLargeException;
        return new Failure(
                tooLarge ? Failure.Kind.CALLER : Failure.Kind.OUTSIDE,
                "topic " + topic.topic() + " did not take a record: " + cause.getMessage(),
                cause);
    }

    @PreDestroy
    @Override
    public synchronized void close() {
        if (producer != null) producer.close(CLOSE_WITHIN);
    }
}
