package dev.thirteen.local;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import kafka.Kafka;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/**
 * The broker's own process: formats its folder the first time, then is Kafka. One start-up instead of two. Its image backs up
 * and restores run logs as well: {@link BackupMain}.
 */
final class BrokerMain {
    private BrokerMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        if (BackupMain.takes(arguments)) {
            // Not System.out, which keeps to itself that nobody takes what it writes.
            OutputStream out = new FileOutputStream(FileDescriptor.out);
            System.exit(BackupMain.run(List.of(arguments), System.in, out));
        }
        Path file = Path.of(arguments[0]);
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        if (Files.notExists(Path.of(properties.getProperty("log.dirs"), "meta.properties"))) {
            String[] format = {"format", "-t", Uuid.randomUuid().toString(), "-c", file.toString()};
            int status = StorageTool.execute(format, System.out);
            if (status != 0) System.exit(status);
        }
        Kafka.main(new String[] {file.toString()});
    }
}
