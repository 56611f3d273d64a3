package dev.thirteen.trainer;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.Basis;
import dev.thirteen.kit.CacheSettings;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.training.v1.BlobChunk;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Files by digest: kept in topic blobs, read from a folder on disk, or kept and read on a checkpoint volume. A file is known only when all its pieces are in the
 * topic; what a killed trainer wrote in part is completed when the file is put again. Shared by threads.
 */
@Singleton
class Blobs implements StateBlobs, BlobStore {
    /** Bytes of one piece on Kafka and on gRPC. */
    static final int PIECE_BYTES = 512 * 1024;

    private static final Logger LOG = Logger.getLogger(Blobs.class);

    private final KafkaClients clients;
    private final Path folder;
    private final CheckpointVolumes volumes;
    private final Set<String> stored = ConcurrentHashMap.newKeySet();
    private @Nullable Producer<String, byte[]> producer;

    @Inject
    Blobs(KafkaClients clients, CacheSettings cache, CheckpointVolumes volumes) {
        this.clients = clients;
        this.folder = Path.of(cache.folder());
        this.volumes = volumes;
    }

    /** Blobs of a trainer without checkpoint volumes. */
    Blobs(KafkaClients clients, CacheSettings cache) {
        this(clients, cache, new CheckpointVolumes(Optional.empty()));
    }

    /** Fills the folder from the topic; called once, before anything else. */
    void restore() {
        Map<String, BitSet> partial = new HashMap<>();
        makeFolder();
        TopicReplay.replay(clients, Topics.BLOBS, record -> restore(record, partial));
        for (String digest : partial.keySet()) LOG.warnf("blob %s is incomplete and is left out", digest);
    }

    @Override
    public boolean contains(String digest) {
        return stored.contains(digest) || volumes.find(digest).isPresent();
    }

    /** @throws Failure CALLER for a bad digest, NOT_FOUND, OUTSIDE when it is damaged */
    @Override
    public byte[] get(String digest) {
        Path file = existing(digest);
        try {
            byte[] content = Files.readAllBytes(file);
            if (Digests.sha256(content).equals(digest)) return content;
            throw damaged(digest, file);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Whatever the reader says of a damaged file: it is damaged. */
    @Override
    public <T> T read(String digest, Reader<T> reader) {
        Path file = existing(digest);
        MessageDigest sum = Digests.start();
        try (InputStream in =
                new DigestInputStream(new BufferedInputStream(Files.newInputStream(file), PIECE_BYTES), sum)) {
            Optional<T> made = Optional.empty();
            IOException problem = null;
            try {
                made = Optional.of(reader.read(in, Files.size(file)));
            } catch (IOException e) {
                problem = e;
            }
            in.transferTo(OutputStream.nullOutputStream());
            if (!Digests.text(sum).equals(digest)) throw damaged(digest, file);
            if (problem != null) throw problem;
            return made.orElseThrow();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Failure damaged(String digest, Path file) {
        return new Failure(
                Failure.Kind.OUTSIDE,
                stored.contains(digest)
                        ? "the cached file " + file + " is damaged: delete it and restart"
                        : "the checkpoint " + file + " is damaged: put back a copy whose SHA-256 is its name");
    }

    /** Where the file of a digest lies. @throws Failure CALLER for a bad digest, NOT_FOUND */
    Path existing(String digest) {
        Digests.require("digest", digest);
        if (stored.contains(digest)) return file(digest);
        return volumes.find(digest)
                .orElseThrow(() -> new Failure(
                        Failure.Kind.NOT_FOUND, "there is no blob " + digest + " in Kafka" + volumes.elsewhere()));
    }

    /** Keeps a file, at once. */
    @Override
    public String put(byte[] content) {
        String digest = Digests.sha256(content);
        put(digest, out -> out.write(content));
        return digest;
    }

    /** Keeps a basis, which is written without being in memory as a whole. */
    void put(Basis basis) {
        put(basis.digest(), basis::writeTo);
    }

    private void put(String digest, Content content) {
        if (contains(digest)) return;
        Path part = newPart();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
            content.to(out);
        } catch (IOException e) {
            throw failed(e);
        }
        keep(digest, part);
    }

    /** An empty file in the folder, to be given to {@link #keep} or deleted. */
    Path newPart() {
        try {
            makeFolder();
            return Files.createTempFile(folder, "part-", ".tmp");
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Keeps a file whose digest the caller has verified: first on Kafka, then in the folder. */
    void keep(String digest, Path part) {
        try {
            if (!stored.contains(digest)) publish(digest, part);
            Files.move(part, file(digest), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            stored.add(digest);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void publish(String digest, Path part) throws IOException {
        long size = Files.size(part);
        int count = pieces(size);
        List<Future<RecordMetadata>> sent = new ArrayList<>(count);
        try (FileChannel channel = FileChannel.open(part)) {
            for (int index = 0; index < count; index++) {
                int length = (int) Math.min(PIECE_BYTES, size - (long) index * PIECE_BYTES);
                ByteBuffer piece = ByteBuffer.allocate(length);
                while (piece.hasRemaining() && channel.read(piece) >= 0) continue;
                sent.add(producer().send(piece(digest, index, count, ByteString.copyFrom(piece.flip()))));
            }
            // An earlier piece may have failed although the last one is there: its batch may have run out of time.
            for (Future<RecordMetadata> piece : sent) piece.get();
        } catch (ExecutionException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "Kafka did not take blob " + digest + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while storing blob " + digest, e);
        }
    }

    private static int pieces(long size) {
        return Math.max(1, Math.toIntExact((size + PIECE_BYTES - 1) / PIECE_BYTES));
    }

    private static ProducerRecord<String, byte[]> piece(String digest, int index, int count, ByteString content) {
        BlobChunk chunk = BlobChunk.newBuilder()
                .setDigest(digest)
                .setIndex(index)
                .setCount(count)
                .setContent(content)
                .build();
        return new ProducerRecord<>(Topics.BLOBS.topic(), digest + "/" + index, chunk.toByteArray());
    }

    @Override
    public List<ProducerRecord<String, byte[]>> stage(String digest, byte[] content, String volume) {
        if (!volume.isEmpty() && content.length > PIECE_BYTES) {
            volumes.write(volume, digest, content);
            return List.of();
        }
        try {
            Path part = newPart();
            Files.write(part, content);
            Files.move(part, file(digest), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw failed(e);
        }
        stored.add(digest);
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        int count = pieces(content.length);
        for (int index = 0; index < count; index++) {
            int first = index * PIECE_BYTES;
            int length = Math.min(PIECE_BYTES, content.length - first);
            records.add(piece(digest, index, count, ByteString.copyFrom(content, first, length)));
        }
        return records;
    }

    @Override
    public Written write(Content content, String volume) {
        return volumes.write(volume, content);
    }

    @Override
    public List<ProducerRecord<String, byte[]>> removal(String digest) {
        if (!stored.contains(digest)) return List.of();
        try {
            int count = pieces(Files.size(existing(digest)));
            return IntStream.range(0, count)
                    .mapToObj(index ->
                            new ProducerRecord<String, byte[]>(Topics.BLOBS.topic(), digest + "/" + index, null))
                    .toList();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void forget(String digest) {
        stored.remove(digest);
        volumes.delete(digest);
        try {
            Files.deleteIfExists(file(digest));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** A piece is gone: what was restored of its blob is of no use. */
    private void removed(String key, Map<String, BitSet> partial) {
        String digest = key.substring(0, Math.max(0, key.lastIndexOf('/')));
        partial.remove(digest);
        stored.remove(Digests.require("digest", digest));
        try {
            Files.deleteIfExists(file(digest));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void restore(ConsumerRecord<String, byte[]> record, Map<String, BitSet> partial) {
        try {
            if (record.value() == null) {
                removed(record.key(), partial);
                return;
            }
            BlobChunk chunk = BlobChunk.parseFrom(record.value());
            String digest = Digests.require("digest", chunk.getDigest());
            Path part = folder.resolve(file(digest).getFileName() + ".part");
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.write(chunk.getContent().asReadOnlyByteBuffer(), (long) chunk.getIndex() * PIECE_BYTES);
            }
            BitSet pieces = partial.computeIfAbsent(digest, _ -> new BitSet());
            pieces.set(chunk.getIndex());
            if (pieces.cardinality() < chunk.getCount()) return;
            partial.remove(digest);
            restored(digest, part);
        } catch (InvalidProtocolBufferException | Failure e) {
            LOG.warnf("record %s of topic blobs is no piece of a blob: %s", record.key(), e.getMessage());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void restored(String digest, Path part) throws IOException {
        if (digestOf(part).equals(digest)) {
            Files.move(part, file(digest), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            stored.add(digest);
        } else {
            LOG.warnf("the pieces of blob %s do not give its digest; it is left out", digest);
            Files.delete(part);
        }
    }

    private static String digestOf(Path file) throws IOException {
        MessageDigest digest = Digests.start();
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(PIECE_BYTES);
            while (channel.read(buffer) >= 0) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        }
        return Digests.text(digest);
    }

    private synchronized Producer<String, byte[]> producer() {
        if (producer == null) producer = clients.producer();
        return producer;
    }

    private void makeFolder() {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Path file(String digest) {
        return folder.resolve(digest.replace(':', '-'));
    }

    private Failure failed(IOException e) {
        return new Failure(Failure.Kind.OUTSIDE, "the cache folder " + folder + " fails: " + e.getMessage(), e);
    }

    @PreDestroy
    synchronized void close() {
        if (producer != null) producer.close();
    }
}
