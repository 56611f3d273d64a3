package dev.thirteen.kit;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.ShareWork.Done;
import dev.thirteen.kit.ShareWork.Outcome;
import dev.thirteen.kit.ShareWork.Park;
import dev.thirteen.kit.ShareWork.Retry;
import dev.thirteen.proto.rollout.v1.DeadLetter;
import dev.thirteen.proto.rollout.v1.GroupId;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

/** What happens to one record of {@link ShareWork}: its span, its retries, its dead letter. Knows no consumer. */
final class ShareHandling {
    private static final Logger LOG = Logger.getLogger(ShareWork.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /** Far below the largest record: a dead letter that the broker does not take would hold its record up for ever. */
    private static final int MAX_EMBEDDED_BYTES = 512 * 1024;

    private final ShareWork.Options options;
    private final RecordWriter writer;
    private final Tracing tracing;
    private final ShareWork.Handler handler;
    private final ShareWork.Stop stop;

    ShareHandling(
            ShareWork.Options options,
            RecordWriter writer,
            Tracing tracing,
            ShareWork.Handler handler,
            ShareWork.Stop stop) {
        this.options = options;
        this.writer = writer;
        this.tracing = tracing;
        this.handler = handler;
        this.stop = stop;
    }

    /** Done when the record needs nothing more (its result or its dead letter stands); Retry when it is to be given back. */
    Outcome handle(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        Span span = tracing.consuming(record, options.group());
        try (Scope ignored = span.makeCurrent()) {
            Outcome outcome = tryUntilSettled(record);
            if (outcome instanceof Park(String reason)) {
                span.setStatus(StatusCode.ERROR, reason);
                park(record, reason);
                return new Done();
            }
            return outcome;
        } finally {
            span.end();
        }
    }

    private Outcome tryUntilSettled(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        int deliveries = deliveries(record);
        if (deliveries > options.maxDeliveries()) {
            return new Park("delivered " + deliveries + " times and never finished: its workers died or lost its lock");
        }
        long giveUpNanos = System.nanoTime() + options.retryFor().toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            Outcome outcome = once(record);
            if (!(outcome instanceof Retry(String reason)) || stop.asked()) return outcome;
            if (System.nanoTime() + pause.toNanos() > giveUpNanos) {
                return new Park("gave up after " + options.retryFor().toSeconds() + " s of retries: " + reason);
            }
            LOG.warnf("%s %s is tried again in %d ms: %s", record.topic(), record.key(), pause.toMillis(), reason);
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
            Duration doubled = pause.multipliedBy(2);
            pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        }
    }

    private Outcome once(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        try {
            return handler.handle(record);
        } catch (Failure failure) {
            String message = String.valueOf(failure.getMessage());
            boolean again = failure.kind().retryable() || failure.kind() == Failure.Kind.BUG;
            return again ? new Retry(message) : new Park(message);
        } catch (RuntimeException e) {
            LOG.errorf(e, "%s %s met an unexpected exception", record.topic(), record.key());
            return new Retry(e.toString());
        }
    }

    private void park(ConsumerRecord<String, byte[]> record, String reason) throws InterruptedException {
        LOG.errorf("%s %s is parked in dead-letters: %s", record.topic(), record.key(), reason);
        Instant now = Instant.now();
        DeadLetter.Builder letter = DeadLetter.newBuilder()
                .setService(options.group())
                .setReason(reason)
                .setDeliveries(deliveries(record))
                .setTopic(record.topic())
                .setOccurredUnixNano(now.getEpochSecond() * 1_000_000_000L + now.getNano());
        if (record.value().length <= MAX_EMBEDDED_BYTES) letter.setRecord(ByteString.copyFrom(record.value()));
        String run = "";
        try {
            GroupId id = handler.idOf(record.value());
            letter.setId(id);
            run = id.getRun();
        } catch (InvalidProtocolBufferException unreadable) {
            LOG.warnf("the parked record names no group: %s", unreadable.getMessage());
        }
        writer.write(Topics.DEAD_LETTERS, run, letter.build());
    }

    private static int deliveries(ConsumerRecord<String, byte[]> record) {
        return record.deliveryCount().orElse((short) 1);
    }
}
