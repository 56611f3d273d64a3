package dev.thirteen.trainer;

import dev.thirteen.core.digest.Digests;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What one transaction writes into blobs and removes from there. */
final class StagedBlobs {
    private final StateBlobs blobs;
    private final String volume;
    private final List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    private final List<String> added = new ArrayList<>();
    private final List<String> removed = new ArrayList<>();

    /** @param volume name of the checkpoint volume of the run; empty for none */
    StagedBlobs(StateBlobs blobs, String volume) {
        this.blobs = blobs;
        this.volume = volume;
    }

    /** Adds a blob, unless it is there. @return its digest */
    String put(byte[] content) {
        String digest = Digests.sha256(content);
        if (blobs.contains(digest)) return digest;
        records.addAll(blobs.stage(digest, content, volume));
        added.add(digest);
        return digest;
    }

    void remove(String digest) {
        if (!blobs.contains(digest)) return;
        records.addAll(blobs.removal(digest));
        removed.add(digest);
    }

    List<ProducerRecord<String, byte[]>> records() {
        return records;
    }

    /** The transaction is committed, or not. */
    void settle(boolean committed) {
        (committed ? removed : added).forEach(blobs::forget);
    }
}
