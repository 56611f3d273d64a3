import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Writes what an image holds as a CycloneDX 1.6 bill of materials: jars, Java runtime, C and C++ libraries, libtorch among them, each with its digest. */
final class Sbom {
    private static final Pattern JAR = Pattern.compile("(?:([a-z][\\w.-]*?)\\.)?([A-Za-z][\\w.-]*?)-(\\d[\\w.-]*)\\.jar");

    /** Arguments: name and version of the image, its base folder, its app folder; those of its natives and of Python, where it has them. */
    public static void main(String[] arguments) throws IOException {
        Path base = Path.of(arguments[2]);
        List<String> components = new ArrayList<>();
        components.add(runtime(base.resolve("jre")));
        for (Path library : files(base.resolve("lib"), ".so")) {
            components.add(component("library", "", library.getFileName().toString(), libc(), "", library));
        }
        for (Path jar : files(Path.of(arguments[3]), ".jar")) components.add(jar(jar));
        for (int i = 4; i < arguments.length; i++) {
            Path part = Path.of(arguments[i]);
            components.addAll(Files.exists(part.resolve("usr/bin/python3")) ? python(part) : natives(part));
        }
        System.out.println(
                """
                {"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"metadata":{"component":\
                {"type":"container","name":"thirteen-%s","version":"%s"}},"components":[
                %s
                ]}"""
                        .formatted(arguments[0], arguments[1], String.join(",\n", components)));
    }

    private static List<Path> files(Path folder, String part) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.getFileName().toString().contains(part)).sorted().toList();
        }
    }

    /** DJL's folders are named by version and platform. */
    private static List<String> natives(Path root) throws IOException {
        List<String> components = new ArrayList<>();
        for (Path library : files(root, ".so")) {
            String version = library.getParent().getFileName().toString();
            components.add(component("library", "", library.getFileName().toString(), version, "", library));
        }
        return components;
    }

    private static List<String> python(Path root) throws IOException {
        List<String> components = new ArrayList<>();
        Path interpreter = root.resolve("usr/bin/python3");
        components.add(component("application", "", "python3", libc(), "", interpreter));
        for (Path library : files(root.resolve("lib"), ".so")) {
            components.add(component("library", "", library.getFileName().toString(), libc(), "", library));
        }
        return components;
    }

    private static String runtime(Path home) throws IOException {
        Properties release = new Properties();
        try (var reader = Files.newBufferedReader(home.resolve("release"))) {
            release.load(reader);
        }
        String version = release.getProperty("JAVA_RUNTIME_VERSION", Runtime.version().toString()).replace("\"", "");
        String maker = System.getProperty("java.vendor");
        return component("platform", maker, "java-runtime", version, "", home.resolve("lib/modules"));
    }

    /** The C library's version stands in no file of its own; the dynamic linker's text has it. */
    private static String libc() {
        return System.getProperty("os.name") + " of the building machine";
    }

    private static String jar(Path file) throws IOException {
        String group = "";
        String name = file.getFileName().toString();
        String version = "";
        Properties maven = maven(file);
        Matcher parts = JAR.matcher(name);
        if (!maven.isEmpty()) {
            group = maven.getProperty("groupId", "");
            name = maven.getProperty("artifactId", name);
            version = maven.getProperty("version", "");
        } else if (parts.matches()) {
            group = parts.group(1) == null ? "" : parts.group(1);
            name = parts.group(2);
            version = parts.group(3);
        }
        String purl = "pkg:maven/%s%s@%s".formatted(group.isEmpty() ? "" : group + "/", name, version);
        return component("library", group, name, version, version.isEmpty() ? "" : purl, file);
    }

    /** Coordinates as Maven left them, where the jar is of one artifact. */
    private static Properties maven(Path file) throws IOException {
        Properties properties = new Properties();
        try (JarFile jar = new JarFile(file.toFile())) {
            var found = jar.stream().filter(entry -> entry.getName().endsWith("/pom.properties")).toList();
            if (found.size() != 1) return properties;
            try (var content = jar.getInputStream(found.getFirst())) {
                properties.load(content);
            }
        }
        return properties;
    }

    private static String component(String type, String group, String name, String version, String purl, Path file)
            throws IOException {
        return "{\"type\":\"%s\",\"group\":\"%s\",\"name\":\"%s\",\"version\":\"%s\",%s\"hashes\":[{\"alg\":\"SHA-256\",\"content\":\"%s\"}]}"
                .formatted(type, group, name, version, purl.isEmpty() ? "" : "\"purl\":\"" + purl + "\",", digest(file));
    }

    private static String digest(Path file) throws IOException {
        try (var content = Files.newInputStream(file)) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int read; (read = content.read(buffer)) > 0; ) sha256.update(buffer, 0, read);
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }
}
