package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApplicationRecoverableException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jboss.logging.Logger;

/** Writes records and offsets in one transaction, again and again until it is committed. Used by the loop thread. */
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
    public void write(List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets) {
        while (!attempt(records, offsets)) LOG.info("the transaction was rolled back and is written again");
    }

    private boolean attempt(
            List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            producer.beginTransaction();
            for (ProducerRecord<String, byte[]> record : records) producer.send(record);
            if (!offsets.isEmpty()) producer.sendOffsetsToTransaction(offsets, group);
            commit();
            return true;
        } catch (ProducerFencedException | InvalidProducerEpochException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "another trainer has started with the same thirteen.trainer.transactional-id; this one stops",
                    e);
        } catch (OutOfOrderSequenceException
                | AuthorizationException
                | UnsupportedVersionException
                | ApplicationRecoverableException e) {
            throw cannotGoOn(e);
        } catch (KafkaException e) {
            LOG.warnf("a transaction failed: %s", e);
            rollBack();
            return false;
        }
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
                LOG.warnf("the broker has not answered a rollback yet: %s", e.getMessage());
            } catch (KafkaException e) {
                throw cannotGoOn(e);
            }
        }
    }

    private static Failure cannotGoOn(KafkaException e) {
        return new Failure(Failure.Kind.OUTSIDE, "the Kafka producer cannot go on: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
