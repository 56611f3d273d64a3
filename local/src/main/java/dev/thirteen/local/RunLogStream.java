package dev.thirteen.local;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** A saved run log as text: Base64 of gzip of topics, records and an end. Read and written as it comes: nothing is held. */
final class RunLogStream {
    private static final String MAGIC = "thirteen-run-log 1";
    /** Every gzip stream begins so in Base64. */
    private static final byte[] BEGINNING = "H4sI".getBytes(StandardCharsets.US_ASCII);

    private static final int BUFFER = 64 * 1024;
    private static final byte TOPIC = 1;
    private static final byte RECORD = 2;
    private static final byte END = 3;

    private RunLogStream() {}

    /** A topic that is saved, with the settings that are its own. */
    record Kept(String name, int partitions, Map<String, String> settings) {
        Kept {
            settings = Map.copyOf(settings);
        }
    }

    /** Topics first, then records, then {@link #end}: without an end it is no backup. */
    static final class Writer implements AutoCloseable {
        private final DataOutputStream out;

        Writer(OutputStream to) throws IOException {
            var gzip = new GZIPOutputStream(Base64.getMimeEncoder().wrap(new BufferedOutputStream(to, BUFFER)), BUFFER);
            this.out = new DataOutputStream(new BufferedOutputStream(gzip, BUFFER));
            out.writeUTF(MAGIC);
        }

        void topic(Kept topic) throws IOException {
            out.writeByte(TOPIC);
            out.writeUTF(topic.name);
            out.writeInt(topic.partitions);
            out.writeInt(topic.settings.size());
            for (var setting : new TreeMap<>(topic.settings).entrySet()) {
                out.writeUTF(setting.getKey());
                out.writeUTF(setting.getValue());
            }
        }

        void record(ConsumerRecord<byte[], byte[]> record) throws IOException {
            out.writeByte(RECORD);
            out.writeUTF(record.topic());
            out.writeInt(record.partition());
            out.writeLong(record.timestamp());
            bytes(record.key());
            bytes(record.value());
        }

        void end() throws IOException {
            out.writeByte(END);
        }

        private void bytes(byte @Nullable [] bytes) throws IOException {
            out.writeInt(bytes == null ? -1 : bytes.length);
            if (bytes != null) out.write(bytes);
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    /** Every method throws an IOException where the stream is no backup, or not a whole one. */
    static final class Reader implements AutoCloseable {
        private final DataInputStream in;
        private final List<Kept> topics = new ArrayList<>();
        private byte next;

        Reader(InputStream from) throws IOException {
            InputStream text = Base64.getMimeDecoder().wrap(afterRemarks(new BufferedInputStream(from, BUFFER)));
            this.in = new DataInputStream(new BufferedInputStream(new GZIPInputStream(text, BUFFER), BUFFER));
            if (!in.readUTF().equals(MAGIC)) throw new EOFException("another kind of file");
            for (next = in.readByte(); next == TOPIC; next = in.readByte()) topics.add(topic());
        }

        /** In a container's log, what the Kafka client had to remark while it read stands before the backup. */
        private static InputStream afterRemarks(InputStream in) throws IOException {
            while (true) {
                in.mark(BEGINNING.length);
                byte[] start = in.readNBytes(BEGINNING.length);
                in.reset();
                if (start.length < BEGINNING.length || Arrays.equals(start, BEGINNING)) return in;
                int skipped = in.read();
                while (skipped >= 0 && skipped != '\n') skipped = in.read();
            }
        }

        List<Kept> topics() {
            return List.copyOf(topics);
        }

        /** The next record; empty at the end. */
        Optional<ProducerRecord<byte[], byte[]>> next() throws IOException {
            if (next == END) return Optional.empty();
            if (next != RECORD) throw new EOFException("neither a record nor the end");
            var record = new ProducerRecord<>(in.readUTF(), in.readInt(), in.readLong(), bytes(), bytes());
            next = in.readByte();
            return Optional.of(record);
        }

        private Kept topic() throws IOException {
            String name = in.readUTF();
            int partitions = in.readInt();
            Map<String, String> settings = new TreeMap<>();
            for (int left = in.readInt(); left > 0; left--) settings.put(in.readUTF(), in.readUTF());
            return new Kept(name, partitions, settings);
        }

        private byte @Nullable [] bytes() throws IOException {
            int length = in.readInt();
            if (length < 0) return null;
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) throw new EOFException("cut off");
            return bytes;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
