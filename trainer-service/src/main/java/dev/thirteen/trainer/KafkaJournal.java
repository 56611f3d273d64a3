package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApplicationRecoverableException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jboss.logging.Logger;

/**
 * Writes records and offsets in one transaction, again and again until it is committed or can never be. Used by the loop
 * thread.
 */
final class KafkaJournal implements Journal, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(KafkaJournal.class);

    private final Producer<String, byte[]> producer;
    private final ConsumerGroupMetadata group;

    /** Takes the place of any earlier writer with the producer's id, and ends what it left open. */
    KafkaJournal(Producer<String, byte[]> producer, String group) {
        this.producer = producer;
        // The consumer is assigned its partitions by hand: the writer is fenced by its transactional id alone.
        this.group = new ConsumerGroupMetadata(group);
        producer.initTransactions();
    }

    @Override
    public Written write(List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets) {
        while (true) {
            try {
                return Written.committed(attempt(records, offsets));
            } catch (ProducerFencedException e) {
                throw fenced(e);
            } catch (InvalidProducerEpochException e) {
                // Not a fenced writer: the coordinator gave up a transaction that was open for too long.
                LOG.warnf("the broker ended a transaction that took too long: %s", e.getMessage());
            } catch (OutOfOrderSequenceException
                    | AuthorizationException
                    | UnsupportedVersionException
                    | ApplicationRecoverableException e) {
                throw cannotGoOn(e);
            } catch (KafkaException e) {
                if (tooLarge(e)) {
                    rollBack();
                    return Written.refused(
                            "Kafka takes no record that large: " + rootOf(e).getMessage());
                }
                LOG.warnf("a transaction failed: %s", e);
            }
            rollBack();
            LOG.info("the transaction was rolled back and is written again");
        }
    }

    private OptionalLong attempt(
            List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets) {
        Optional<Future<RecordMetadata>> step = Optional.empty();
        producer.beginTransaction();
        for (ProducerRecord<String, byte[]> record : records) {
            Future<RecordMetadata> sent = producer.send(record);
            if (record.topic().equals(Topics.RUN_STEPS.topic())) step = Optional.of(sent);
        }
        if (!offsets.isEmpty()) producer.sendOffsetsToTransaction(offsets, group);
        commit();
        // What is committed has been answered.
        return step.map(sent -> OptionalLong.of(sent.resultNow().offset())).orElse(OptionalLong.empty());
    }

    private void commit() {
        while (true) {
            try {
                producer.commitTransaction();
                return;
            } catch (TimeoutException e) {
                // The commit may have been taken: only asking again tells.
                LOG.warnf("the broker has not answered a commit yet: %s", e.getMessage());
            }
        }
    }

    private void rollBack() {
        while (true) {
            try {
                producer.abortTransaction();
                return;
            } catch (TimeoutException e) {
                LOG.warnf("the broker has not answered an abort yet: %s", e.getMessage());
            } catch (ProducerFencedException e) {
                throw fenced(e);
            } catch (KafkaException e) {
                throw cannotGoOn(e);
            }
        }
    }

    /** The producer throws it bare when the broker refuses, and wrapped when the client does. */
    private static boolean tooLarge(KafkaException e) {
        return rootOf(e) instanceof RecordTooLargeException;
    }

    private static Throwable rootOf(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) root = root.getCause();
        return root;
    }

    private static Failure fenced(ProducerFencedException e) {
        return new Failure(
                Failure.Kind.OUTSIDE,
                "another trainer has started with the same thirteen.trainer.transactional-id; this one stops",
                e);
    }

    private static Failure cannotGoOn(KafkaException e) {
        return new Failure(
                Failure.Kind.OUTSIDE,
                "the Kafka producer cannot go on: " + rootOf(e).getMessage(),
                e);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
