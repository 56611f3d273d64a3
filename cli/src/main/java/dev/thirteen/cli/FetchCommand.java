package dev.thirteen.cli;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen fetch}: a model's files by URL, each checked by its digest; what is there already stays. */
@Command(
        name = "fetch",
        description = "Download a model's files, each checked by its SHA-256; what is there and right already stays.",
        footerHeading = "%nExamples:%n",
        footer =
                "  bin/thirteen fetch --into models/my-model SHA256=https://models.example.com/my-model/config.json ...")
final class FetchCommand implements Callable<Integer> {
    private static final Pattern FILE = Pattern.compile("([0-9a-f]{64})=(https?://.+)");
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final int BUFFER = 1 << 16;
    private static final int OK = 200;

    @Option(
            names = "--into",
            required = true,
            paramLabel = "FOLDER",
            description = "Where the files go; made if need be.")
    private Path folder = Path.of("");

    @Parameters(
            arity = "1..*",
            paramLabel = "SHA256=URL",
            description = "Digest in hexadecimal, and where the file is.")
    private List<String> files = List.of();

    private final Session session;

    FetchCommand(Session session) {
        this.session = session;
    }

    /** A file to fetch; its name is the URL's last part. */
    private record Wanted(String sha256, URI from, String name) {
        static Wanted parse(String text) {
            Matcher parts = FILE.matcher(text);
            if (!parts.matches()) {
                throw new Failure(Failure.Kind.CALLER, "'" + text + "' is not SHA256=URL, with 64 hexadecimal digits");
            }
            try {
                URI from = URI.create(parts.group(2));
                String name = Path.of(from.getPath()).getFileName().toString();
                return new Wanted(parts.group(1), from, name);
            } catch (IllegalArgumentException | NullPointerException e) {
                throw new Failure(Failure.Kind.CALLER, "'" + parts.group(2) + "' is no URL of a file", e);
            }
        }
    }

    @Override
    public Integer call() {
        List<Wanted> wanted = files.stream().map(Wanted::parse).toList();
        try (HttpClient http = HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
            Files.createDirectories(folder);
            for (Wanted file : wanted) fetch(http, file);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "--into " + folder + ": " + e, e);
        }
        return CallFailure.OK;
    }

    private void fetch(HttpClient http, Wanted file) throws IOException {
        Path target = folder.resolve(file.name);
        if (Files.exists(target)
                && digest(Files.newInputStream(target), OutputStream.nullOutputStream())
                        .equals(file.sha256)) {
            session.output().line(file.name + " is there");
            return;
        }
        Path part = folder.resolve(file.name + ".part");
        try {
            String got = download(http, file, part);
            if (!got.equals(file.sha256)) {
                throw new Failure(
                        Failure.Kind.OUTSIDE, "%s has SHA-256 %s, not %s".formatted(file.from, got, file.sha256));
            }
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
        session.output().line("%s %d bytes".formatted(file.name, Files.size(target)));
    }

    private static String download(HttpClient http, Wanted file, Path part) throws IOException {
        try {
            HttpResponse<InputStream> response =
                    http.send(HttpRequest.newBuilder(file.from).build(), BodyHandlers.ofInputStream());
            try (InputStream body = response.body();
                    OutputStream out = Files.newOutputStream(part)) {
                if (response.statusCode() != OK) {
                    throw new Failure(Failure.Kind.OUTSIDE, file.from + " answers " + response.statusCode());
                }
                return digest(body, out);
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, file.from + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted", e);
        }
    }

    /** Copies all of it, closes it, and says its SHA-256. */
    private static String digest(InputStream from, OutputStream to) throws IOException {
        try (DigestInputStream digested = new DigestInputStream(from, Digests.start())) {
            byte[] buffer = new byte[BUFFER];
            for (int read = digested.read(buffer); read >= 0; read = digested.read(buffer)) to.write(buffer, 0, read);
            return Digests.hex(digested.getMessageDigest());
        }
    }
}
