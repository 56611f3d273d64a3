package dev.thirteen.trainer;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.training.TrainedState;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What one transaction writes into blobs and removes from there. */
final class StagedBlobs implements BlobStore {
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

    /** Adds a blob, unless it is there. */
    @Override
    public String put(byte[] content) {
        String digest = Digests.sha256(content);
        if (blobs.contains(digest)) return digest;
        records.addAll(blobs.stage(digest, content, volume));
        added.add(digest);
        return digest;
    }

    /** On a volume as a file, elsewhere as a message. */
    @Override
    public String put(TrainedState state, int skippedInARow) {
        if (volume.isEmpty()) return BlobStore.super.put(state, skippedInARow);
        StateBlobs.Written written = blobs.write(out -> StateFile.write(state, skippedInARow, out), volume);
        if (written.added()) added.add(written.digest());
        return written.digest();
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
