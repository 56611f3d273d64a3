package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.KafkaException;

/**
 * What the broker's image does beside brokering: {@code backup} of the run log to standard output, {@code check} and
 * {@code restore} of one from standard input, and {@code wait}, in whose pod the others are run by {@code kubectl exec}: its
 * streams have no limit, which a container's log has.
 */
final class BackupMain {
    private static final String USAGE =
            "usage: wait | check | backup|restore [HOST:PORT[,...] [CLIENT-PROPERTIES-FILE|- [REPLICATION]]];"
                    + " what is not said is in THIRTEEN_KAFKA_BOOTSTRAP_SERVERS, THIRTEEN_KAFKA_CLIENT_PROPERTIES and"
                    + " THIRTEEN_KAFKA_REPLICATION";

    private static final List<String> VERBS = List.of("wait", "check", "backup", "restore");

    private BackupMain() {}

    /** Where the run log is, and in how many copies it is restored. */
    record Place(Properties client, short replication) {}

    /** Whether the arguments are for this. */
    static boolean takes(String[] arguments) {
        return VERBS.contains(arguments[0]);
    }

    /** The exit code. */
    static int run(List<String> arguments, InputStream in, OutputStream out) throws IOException, InterruptedException {
        String verb = arguments.getFirst();
        try {
            // Results go to standard error: standard output has the backup.
            switch (verb) {
                case "wait" -> new CountDownLatch(1).await();
                case "check" -> System.err.println(RunLogBackup.check(in) + " records");
                case "backup" -> System.err.println(log(arguments).backup(out) + " records saved");
                default -> System.err.println(restore(place(arguments, System.getenv()), in) + " records restored");
            }
            return 0;
        } catch (Failure | KafkaException e) {
            System.err.println(verb + ": " + e.getMessage());
            return 1;
        }
    }

    private static RunLogBackup log(List<String> arguments) throws IOException {
        return new RunLogBackup(place(arguments, System.getenv()).client());
    }

    private static int restore(Place place, InputStream in) {
        return new RunLogBackup(place.client()).restore(in, place.replication());
    }

    /** @throws Failure CALLER when no broker is named, or there is no number of copies */
    static Place place(List<String> arguments, Map<String, String> environment) throws IOException {
        String servers = said(arguments, 1, environment, "BOOTSTRAP_SERVERS", "");
        // Who names a broker means another one than the environment does.
        Map<String, String> others = arguments.size() > 1 ? Map.of() : environment;
        String properties = said(arguments, 2, others, "CLIENT_PROPERTIES", "-");
        String replication = said(arguments, 3, others, "REPLICATION", "1");
        if (servers.isEmpty() || arguments.size() > 4 || !replication.matches("[1-9]")) {
            throw new Failure(Failure.Kind.CALLER, USAGE);
        }
        Properties client = new Properties();
        if (!properties.equals("-")) {
            try (Reader reader = Files.newBufferedReader(Path.of(properties))) {
                client.load(reader);
            }
        }
        client.setProperty("bootstrap.servers", servers);
        return new Place(client, Short.parseShort(replication));
    }

    private static String said(
            List<String> arguments, int index, Map<String, String> environment, String name, String otherwise) {
        if (index < arguments.size()) return arguments.get(index);
        return environment.getOrDefault("THIRTEEN_KAFKA_" + name, otherwise);
    }
}
