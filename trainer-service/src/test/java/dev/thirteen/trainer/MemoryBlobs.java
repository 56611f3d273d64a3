package dev.thirteen.trainer;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Blobs in memory, each of one piece. */
final class MemoryBlobs implements StateBlobs {
    final Map<String, byte[]> files = new HashMap<>();

    @Override
    public boolean contains(String digest) {
        return files.containsKey(digest);
    }

    @Override
    public byte[] get(String digest) {
        byte[] content = files.get(digest);
        if (content == null) throw new Failure(Failure.Kind.NOT_FOUND, "there is no blob " + digest);
        return content;
    }

    @Override
    public List<ProducerRecord<String, byte[]>> stage(String digest, byte[] content, String volume) {
        files.put(digest, content);
        return List.of(new ProducerRecord<>(Topics.BLOBS.topic(), digest + "/0", content));
    }

    @Override
    public Written write(Content content, String volume) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            content.to(bytes);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        String digest = Digests.sha256(bytes.toByteArray());
        return new Written(digest, files.put(digest, bytes.toByteArray()) == null);
    }

    @Override
    public List<ProducerRecord<String, byte[]>> removal(String digest) {
        return List.of(new ProducerRecord<>(Topics.BLOBS.topic(), digest + "/0", null));
    }

    @Override
    public void forget(String digest) {
        files.remove(digest);
    }
}
