package dev.thirteen.trainer;

import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Blobs that are written and removed inside the transaction of a step. */
interface StateBlobs {
    /** Whether the blob is known here. */
    boolean contains(String digest);

    /** The content of a digest, verified. @throws dev.thirteen.core.failure.Failure NOT_FOUND */
    byte[] get(String digest);

    /**
     * Makes a blob known here; once the records are committed it stays, before it must be forgotten when they are not.
     *
     * @param volume name of the checkpoint volume that a large one lies on, without any record; empty for none
     * @throws dev.thirteen.core.failure.Failure OUTSIDE when the disk does not take it
     */
    List<ProducerRecord<String, byte[]>> stage(String digest, byte[] content, String volume);

    /** Records that remove a blob; once they are committed it must be forgotten. */
    List<ProducerRecord<String, byte[]>> removal(String digest);

    /** The blob is known no more. */
    void forget(String digest);
}
