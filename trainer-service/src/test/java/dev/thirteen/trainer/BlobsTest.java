package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.KafkaClients;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobsTest {
    private static final byte[] TWO_PIECES = new byte[Blobs.PIECE_BYTES + 1];

    @TempDir
    Path folder;

    @Test
    void aFileIsKeptOnlyWhenEveryPieceIsInTheTopic() {
        FirstPieceLost producer = new FirstPieceLost();
        Blobs blobs = new Blobs(clients(producer), folder::toString);
        String digest = Digests.sha256(TWO_PIECES);

        assertThatThrownBy(() -> blobs.put(TWO_PIECES))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("Kafka did not take blob " + digest)
                .hasMessageContaining("expired");
        assertThat(blobs.contains(digest)).isFalse();

        assertThat(blobs.put(TWO_PIECES)).isEqualTo(digest);
        assertThat(blobs.contains(digest)).isTrue();
        assertThat(producer.history()).hasSize(3);
    }

    @Test
    void aBlobOfATransactionIsKnownUntilTheTransactionIsRefused() {
        Blobs blobs = new Blobs(clients(new FirstPieceLost()), folder::toString);
        StagedBlobs refused = new StagedBlobs(blobs, "");
        String digest = refused.put(TWO_PIECES);
        assertThat(refused.records()).extracting(ProducerRecord::key).containsExactly(digest + "/0", digest + "/1");
        assertThat(blobs.get(digest)).isEqualTo(TWO_PIECES);
        refused.settle(false);
        assertThat(blobs.contains(digest)).isFalse();

        StagedBlobs committed = new StagedBlobs(blobs, "");
        committed.put(TWO_PIECES);
        committed.settle(true);
        StagedBlobs removing = new StagedBlobs(blobs, "");
        // It is there: nothing is written again.
        removing.put(TWO_PIECES);
        removing.remove(digest);
        assertThat(removing.records())
                .allMatch(record -> record.value() == null)
                .hasSize(2);
        assertThat(blobs.contains(digest)).isTrue();
        removing.settle(true);
        assertThat(blobs.contains(digest)).isFalse();
    }

    private static KafkaClients clients(Producer<String, byte[]> producer) {
        return new KafkaClients("nowhere:1", Duration.ZERO, 1) {
            @Override
            public Producer<String, byte[]> producer() {
                return producer;
            }
        };
    }

    /** Kafka's own in-memory producer; the batch of its first record runs out of time, the next ones are taken. */
    private static final class FirstPieceLost extends MockProducer<String, byte[]> {
        private boolean lost;

        FirstPieceLost() {
            super(true, null, new StringSerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
            if (lost) return super.send(record);
            lost = true;
            return CompletableFuture.failedFuture(new TimeoutException("1 record expired"));
        }
    }
}
