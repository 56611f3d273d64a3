package dev.thirteen.trainer;

import com.google.protobuf.ByteString;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.CacheSettings;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.ExportAdapterResponse;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Adapters as folders on their way out: written aside, since a checkpoint may be larger than memory, and sent in pieces. */
@Singleton
class Exports {
    /** With the number of the process: another trainer of this machine may share the folder. */
    private static final Pattern NAME = Pattern.compile("export-([0-9]{1,10})-.*");

    private static final long PROCESS = ProcessHandle.current().pid();

    private final Models models;
    private final Path cache;

    Exports(Models models, CacheSettings cache) {
        this.models = models;
        this.cache = Path.of(cache.folder());
    }

    /** Sends the files of an adapter's folder, file after file. */
    void send(NamedAdapter adapter, AdapterFormat format, ClientStream<ExportAdapterResponse> client) {
        try {
            Files.createDirectories(cache);
            Path folder = Files.createTempDirectory(cache, "export-" + PROCESS + "-");
            try {
                models.export(adapter, format, folder);
                sendAll(folder, client);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "the export cannot be written to " + cache + ": " + e, e);
        }
    }

    /** Deletes what killed trainers left. */
    void clear(@Observes StartupEvent event) {
        try (Stream<Path> left = Files.isDirectory(cache) ? Files.list(cache) : Stream.of()) {
            for (Path path : left.toList()) {
                if (isLeft(path)) delete(path);
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "the cache folder " + cache + " fails: " + e.getMessage(), e);
        }
    }

    /** In a container every process has the number of the one before. */
    private static boolean isLeft(Path path) {
        Matcher name = NAME.matcher(path.getFileName().toString());
        if (!name.matches()) return false;
        long process = Long.parseLong(name.group(1));
        return process == PROCESS || ProcessHandle.of(process).isEmpty();
    }

    private static void sendAll(Path folder, ClientStream<ExportAdapterResponse> client) throws IOException {
        List<Path> files = files(folder);
        long total = 0;
        for (Path file : files) total += Files.size(folder.resolve(file));
        for (Path file : files) sendFile(folder, file, total, client);
    }

    /** Files of a folder and of those in it, as paths from there. */
    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(folder::relativize)
                    .sorted()
                    .toList();
        }
    }

    private static void sendFile(Path folder, Path file, long total, ClientStream<ExportAdapterResponse> client)
            throws IOException {
        try (InputStream in = Files.newInputStream(folder.resolve(file))) {
            // An empty file has one piece too.
            byte[] piece = in.readNBytes(Blobs.PIECE_BYTES);
            do {
                client.send(ExportAdapterResponse.newBuilder()
                        .setPath(file.toString())
                        .setContent(ByteString.copyFrom(piece))
                        .setTotalBytes(total)
                        .build());
                piece = in.readNBytes(Blobs.PIECE_BYTES);
            } while (piece.length > 0 && !client.gone());
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(folder)) {
            deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) Files.deleteIfExists(path);
    }
}
