package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** {@code backup} and {@code restore} of the broker's image: the run log to standard output, and from standard input. */
final class BackupMain {
    private static final String USAGE = "usage: backup|restore HOST:PORT[,...] [CLIENT-PROPERTIES-FILE [REPLICATION]]";

    private BackupMain() {}

    /** Whether the arguments are for this. */
    static boolean takes(String[] arguments) {
        return arguments[0].equals("backup") || arguments[0].equals("restore");
    }

    /** The exit code. */
    static int run(String[] arguments, InputStream in, OutputStream out) throws IOException {
        if (arguments.length < 2 || (arguments.length > 3 && !arguments[3].matches("[1-9]"))) {
            System.err.println(USAGE);
            return 2;
        }
        try {
            RunLogBackup backup = new RunLogBackup(client(arguments));
            short replication = arguments.length > 3 ? Short.parseShort(arguments[3]) : 1;
            // Nothing is said of a backup: in a container's log, from where it is read, a word would stand in its
            // middle.
            if (arguments[0].equals("backup")) backup.backup(out);
            else System.err.println(backup.restore(in, replication) + " records restored");
            return 0;
        } catch (Failure e) {
            System.err.println(arguments[0] + ": " + e.getMessage());
            return 1;
        }
    }

    private static Properties client(String[] arguments) throws IOException {
        Properties client = new Properties();
        if (arguments.length > 2 && !arguments[2].equals("-")) {
            try (Reader reader = Files.newBufferedReader(Path.of(arguments[2]))) {
                client.load(reader);
            }
        }
        client.setProperty("bootstrap.servers", arguments[1]);
        return client;
    }
}
