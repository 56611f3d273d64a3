package dev.thirteen.trainer;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Blobs that are written and removed inside the transaction of a step. */
interface StateBlobs extends BlobReads {
    /** Whether the blob is known here. */
    boolean contains(String digest);

    /**
     * Makes a blob known here; once the records are committed it stays, before it must be forgotten when they are not.
     *
     * @param volume name of the checkpoint volume that a large one lies on, without any record; empty for none
     * @throws dev.thirteen.core.failure.Failure OUTSIDE when the disk does not take it
     */
    List<ProducerRecord<String, byte[]>> stage(String digest, byte[] content, String volume);

    /** Writes a file. */
    interface Content {
        void to(OutputStream out) throws IOException;
    }

    /** @param added whether it was not known before */
    record Written(String digest, boolean added) {}

    /**
     * Keeps a file on a checkpoint volume, of any size; it stays, or must be forgotten, as what is staged.
     *
     * @throws dev.thirteen.core.failure.Failure OUTSIDE when the volume does not take it
     */
    Written write(Content content, String volume);

    /** Records that remove a blob; once they are committed it must be forgotten. */
    List<ProducerRecord<String, byte[]>> removal(String digest);

    /** The blob is known no more. */
    void forget(String digest);
}
