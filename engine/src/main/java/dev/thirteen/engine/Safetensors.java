package dev.thirteen.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tensors of one safetensors file or of the shards of a folder. Files are mapped, not read; a tensor's data must not be
 * used after closing.
 */
public final class Safetensors implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final Pattern SHARD = Pattern.compile("[\\w-][\\w. -]*");
    private static final long PIECE_BYTES = 1L << 26;
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    /** The file that each tensor is in, or should be in. */
    private final Map<String, String> homes = new HashMap<>();

    private final Map<String, String> metadata = new LinkedHashMap<>();
    /** Tensor data of each file. */
    private final List<MemorySegment> files = new ArrayList<>();

    private final String source;

    private Safetensors(String source) {
        this.source = source;
    }

    /** The weight files of a Hugging Face folder: one, or the shards that the index names. */
    static List<Path> weightFiles(Path folder) {
        if (Files.isRegularFile(folder.resolve(SINGLE))) return List.of(folder.resolve(SINGLE));
        Path index = folder.resolve(INDEX);
        if (!Files.isRegularFile(index)) {
            throw new Failure(
                    Failure.Kind.CALLER, "%s has neither %s nor %s".formatted(folder, SINGLE, index.getFileName()));
        }
        TreeSet<String> names = new TreeSet<>(indexed(folder).values());
        List<Path> files = new ArrayList<>();
        for (String name : names) {
            // A shard is a plain name: an index must not make the engine read files elsewhere.
            if (!SHARD.matcher(name).matches()) {
                throw new Failure(Failure.Kind.CALLER, index + " names the bad shard '" + name + "'");
            }
            files.add(folder.resolve(name));
        }
        if (files.isEmpty()) throw new Failure(Failure.Kind.CALLER, index + " names no shard");
        return files;
    }

    /** The shard of each tensor, as the index says. */
    private static Map<String, String> indexed(Path folder) {
        Map<String, String> shards = new LinkedHashMap<>();
        JsonNode map = ModelFiles.jsonIfPresent(folder.resolve(INDEX)).path("weight_map");
        map.properties()
                .forEach(entry -> shards.put(entry.getKey(), entry.getValue().asText()));
        return shards;
    }

    /**
     * The tensors of a Hugging Face folder.
     *
     * @throws Failure CALLER for a file that is not there or breaks the format, before memory is spent on it
     */
    public static Safetensors openFolder(Path folder) {
        List<Path> files = weightFiles(folder);
        Path first = files.getFirst();
        if (first.endsWith(SINGLE)) return open(first);
        Safetensors opened = open(folder.resolve(INDEX).toString(), files);
        try {
            indexed(folder).forEach((tensor, shard) -> opened.requireIn(tensor, folder.resolve(shard)));
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * The tensors of one file.
     *
     * @throws Failure CALLER for a file that is not there or breaks the format, before memory is spent on it
     */
    public static Safetensors open(Path file) {
        return open(file.toString(), List.of(file));
    }

    /** The same; messages call the file by the name. */
    static Safetensors open(String name, Path file) {
        Safetensors opened = new Safetensors(name);
        try {
            opened.add(name, opened.map(file));
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** The tensors of a file in memory. */
    static Safetensors of(String name, byte[] file) {
        Safetensors opened = new Safetensors(name);
        opened.add(name, MemorySegment.ofArray(file));
        return opened;
    }

    private static Safetensors open(String source, List<Path> files) {
        Safetensors opened = new Safetensors(source);
        try {
            for (Path file : files) opened.add(file.toString(), opened.map(file));
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** An index that names a tensor elsewhere than it is belongs to other shards. */
    private void requireIn(String tensor, Path shard) {
        if (shard.toString().equals(homes.get(tensor))) return;
        throw new Failure(
                Failure.Kind.CALLER, "%s lacks tensor %s, which %s says it has".formatted(shard, tensor, source));
    }

    private MemorySegment map(Path file) {
        if (!Files.isRegularFile(file)) throw new Failure(Failure.Kind.CALLER, file + " is missing");
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void add(String file, MemorySegment bytes) {
        if (bytes.byteSize() < Long.BYTES) throw SafetensorsHeader.bad(file, "it is shorter than 8 bytes");
        long length = bytes.get(LENGTH, 0);
        long rest = bytes.byteSize() - Long.BYTES;
        if (length < 0 || length > rest || length > SafetensorsHeader.MAX_BYTES) {
            throw SafetensorsHeader.bad(
                    file, "its header has %s bytes of %d".formatted(Long.toUnsignedString(length), rest));
        }
        byte[] json = bytes.asSlice(Long.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
        SafetensorsHeader header = SafetensorsHeader.parse(file, json, rest - length);
        metadata.putAll(header.metadata());
        MemorySegment data = bytes.asSlice(Long.BYTES + length);
        files.add(data);
        for (SafetensorsHeader.Entry entry : header.tensors()) {
            StoredTensor tensor = new StoredTensor(
                    entry.name(),
                    entry.type(),
                    entry.shape(),
                    data.asSlice(entry.begin(), entry.end() - entry.begin()));
            if (tensors.put(entry.name(), tensor) != null) {
                throw SafetensorsHeader.bad(file, "tensor " + entry.name() + " is in another shard too");
            }
            homes.put(entry.name(), file);
        }
    }

    /** What messages call the file of a tensor. */
    String source(String tensor) {
        return homes.getOrDefault(tensor, source);
    }

    /** Texts of the header. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** All tensors, in the order of the header. */
    public Collection<StoredTensor> tensors() {
        return Collections.unmodifiableCollection(tensors.values());
    }

    /** Whether there is a tensor of this name. */
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** A tensor that must be there; its shape is the caller's to check. */
    public StoredTensor get(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) throw new Failure(Failure.Kind.CALLER, "%s lacks tensor %s".formatted(source(name), name));
        return tensor;
    }

    /** A tensor of real numbers that must be there in this shape. */
    public StoredTensor get(String name, long... shape) {
        StoredTensor tensor = get(name);
        if (!java.util.Arrays.equals(tensor.shape(), shape)) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "%s: tensor %s has shape %s, %s is expected"
                            .formatted(
                                    source(name),
                                    name,
                                    java.util.Arrays.toString(tensor.shape()),
                                    java.util.Arrays.toString(shape)));
        }
        if (!tensor.type().isWeight()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "%s: tensor %s is %s, no real numbers".formatted(source(name), name, tensor.type()));
        }
        return tensor;
    }

    /**
     * The same tensors, which shall lie below each other in one; where they do so in the file already, that one: gate and up
     * projection are neighbours in every file that is sorted by name.
     */
    List<StoredTensor> joined(List<StoredTensor> parts) {
        if (parts.size() < 2) return parts;
        StoredTensor first = parts.getFirst();
        for (MemorySegment file : files) {
            Optional<MemorySegment> whole = whole(file, parts);
            if (whole.isEmpty()) continue;
            long[] shape = first.shape().clone();
            shape[0] = parts.stream().mapToLong(part -> part.shape()[0]).sum();
            String names = parts.stream().map(StoredTensor::name).collect(Collectors.joining(" and "));
            return List.of(new StoredTensor(names, first.type(), shape, whole.get()));
        }
        return parts;
    }

    /** The bytes of all parts where they lie in this file one after the other. */
    private static Optional<MemorySegment> whole(MemorySegment file, List<StoredTensor> parts) {
        long begin = parts.getFirst().data().address() - file.address();
        long end = begin;
        for (StoredTensor part : parts) {
            // Addresses of arrays are places in them: only what overlaps can be compared.
            boolean next = file.asOverlappingSlice(part.data()).isPresent()
                    && part.data().address() - file.address() == end
                    && part.type() == parts.getFirst().type();
            if (!next) return Optional.empty();
            end += part.data().byteSize();
        }
        return Optional.of(file.asSlice(begin, end - begin));
    }

    @Override
    public void close() {
        arena.close();
    }

    /** A safetensors file of these tensors, data in the given order. */
    static byte[] bytes(Map<String, String> metadata, List<StoredTensor> tensors) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            write(out, metadata, tensors);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return out.toByteArray();
    }

    /** Writes a safetensors file of these tensors, data in the given order. */
    static void write(OutputStream out, Map<String, String> metadata, List<StoredTensor> tensors) throws IOException {
        write(out, metadata, tensors, tensor -> tensor);
    }

    /** The same with each tensor's data changed when its turn comes; name, format and shape stay. */
    static void write(
            OutputStream out,
            Map<String, String> metadata,
            List<StoredTensor> tensors,
            UnaryOperator<StoredTensor> change)
            throws IOException {
        byte[] header = SafetensorsWriter.header(metadata, tensors);
        byte[] length = new byte[Long.BYTES];
        MemorySegment.ofArray(length).set(LENGTH, 0, header.length);
        out.write(length);
        out.write(header);
        for (StoredTensor tensor : tensors) write(out, change.apply(tensor).data());
    }

    /** In pieces: a tensor may be larger than an array can be. */
    private static void write(OutputStream out, MemorySegment data) throws IOException {
        for (long at = 0; at < data.byteSize(); at += PIECE_BYTES) {
            long count = Math.min(PIECE_BYTES, data.byteSize() - at);
            out.write(data.asSlice(at, count).toArray(ValueLayout.JAVA_BYTE));
        }
    }
}
