package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** What a writer makes of the exceptions that a real producer was seen to throw (broker and clients 4.3.1). */
class KafkaJournalTest {
    private final Troubled producer = new Troubled();
    private final KafkaJournal journal = new KafkaJournal(producer, "trainer");

    @Test
    void aTransactionThatTheBrokerTimedOutIsWrittenAgain() {
        producer.onCommit.add(new InvalidProducerEpochException("attempted to produce with an old epoch"));

        assertThat(write()).isEmpty();

        assertThat(producer.commits).isEqualTo(2);
        assertThat(producer.aborts).isEqualTo(1);
        assertThat(producer.history()).hasSize(1);
    }

    @Test
    void aCommitTellsWhereItsStepLies() {
        ProducerRecord<String, byte[]> state = new ProducerRecord<>("run-state", "demo", new byte[1]);
        ProducerRecord<String, byte[]> step = new ProducerRecord<>("run-steps", "demo", new byte[1]);

        assertThat(journal.write(List.of(state), Map.of()).stepOffset()).isEmpty();
        assertThat(journal.write(List.of(state, step), Map.of()).stepOffset()).hasValue(0);
        producer.onCommit.add(new KafkaException("a send failed"));
        // The record that is rolled back had a place too.
        assertThat(journal.write(List.of(state, step), Map.of()).stepOffset()).hasValue(2);
    }

    @Test
    void commitsAndAbortsThatTimeOutAreAskedAgain() {
        producer.onCommit.add(new TimeoutException("no answer"));
        producer.onCommit.add(new KafkaException("a send failed"));
        producer.onAbort.add(new TimeoutException("no answer"));

        assertThat(write()).isEmpty();

        assertThat(producer.commits).isEqualTo(3);
        assertThat(producer.aborts).isEqualTo(2);
        assertThat(producer.history()).hasSize(1);
    }

    @Test
    void onlyAFencedWriterGivesWayToAnother() {
        producer.onCommit.add(new ProducerFencedException("newer"));

        assertThatThrownBy(this::write).isInstanceOf(Failure.class).hasMessageContaining("another trainer has started");
    }

    @Test
    void aWriterThatIsFencedWhileItRollsBackGivesWayToo() {
        producer.onCommit.add(new InvalidProducerEpochException("old epoch"));
        producer.onAbort.add(new ProducerFencedException("newer"));

        assertThatThrownBy(this::write).isInstanceOf(Failure.class).hasMessageContaining("another trainer has started");
    }

    @Test
    void aRecordThatIsTooLargeIsNotTriedAgain() {
        producer.onCommit.add(new KafkaException("error state", new RecordTooLargeException("3000089 bytes")));

        assertThat(write()).hasValueSatisfying(reason -> assertThat(reason).contains("3000089 bytes"));

        assertThat(producer.commits).isEqualTo(1);
        assertThat(producer.aborts).isEqualTo(1);
        assertThat(producer.history()).isEmpty();
        assertThat(write()).isEmpty();
    }

    private java.util.Optional<String> write() {
        return journal.write(
                        List.of(new ProducerRecord<>("run-state", "demo", "state".getBytes(StandardCharsets.UTF_8))),
                        Map.of())
                .refused();
    }

    /** Kafka's own in-memory producer, which fails as it is told to. */
    private static final class Troubled extends MockProducer<String, byte[]> {
        final Deque<RuntimeException> onCommit = new ArrayDeque<>();
        final Deque<RuntimeException> onAbort = new ArrayDeque<>();
        int commits;
        int aborts;

        Troubled() {
            super(true, null, new StringSerializer(), new ByteArraySerializer());
        }

        @Override
        public void commitTransaction() {
            commits++;
            if (!onCommit.isEmpty()) throw onCommit.pop();
            super.commitTransaction();
        }

        @Override
        public void abortTransaction() {
            aborts++;
            if (!onAbort.isEmpty()) throw onAbort.pop();
            super.abortTransaction();
        }
    }
}
