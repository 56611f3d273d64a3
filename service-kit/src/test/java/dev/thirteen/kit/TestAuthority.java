package dev.thirteen.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A certificate authority of its own for a test, made by the JDK's keytool. */
final class TestAuthority {
    private static final String PASSWORD = "thirteen";
    private final Path store;

    TestAuthority(Path folder) throws IOException, InterruptedException {
        store = folder.resolve("keys.p12");
        keytool("-alias", "ca", "-dname", "CN=ca", "-ext", "bc:c");
    }

    /** A folder with a certificate for a host, its key and the authority's certificate. */
    Path issue(Path folder, String host) throws IOException, InterruptedException, GeneralSecurityException {
        keytool("-alias", host, "-dname", "CN=" + host, "-signer", "ca", "-ext", "san=dns:" + host);
        Files.createDirectories(folder);
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        write(folder.resolve("ca.crt"), "CERTIFICATE", keys.getCertificate("ca").getEncoded());
        write(
                folder.resolve("tls.crt"),
                "CERTIFICATE",
                keys.getCertificate(host).getEncoded());
        write(
                folder.resolve("tls.key"),
                "PRIVATE KEY",
                keys.getKey(host, PASSWORD.toCharArray()).getEncoded());
        return folder;
    }

    private void keytool(String... more) throws IOException, InterruptedException {
        Path program = Path.of(System.getProperty("java.home"), "bin", "keytool");
        List<String> command = new ArrayList<>(List.of(program.toString(), "-genkeypair", "-keyalg", "EC"));
        command.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) throw new IOException(said);
    }

    private static void write(Path file, String kind, byte[] content) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(file, "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(kind, body));
    }
}
