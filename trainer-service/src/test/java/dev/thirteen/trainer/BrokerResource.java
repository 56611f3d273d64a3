package dev.thirteen.trainer;

import dev.thirteen.local.BrokerProcess;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;

/** A real broker and a fresh cache folder for the one boot of this module. */
public class BrokerResource implements QuarkusTestResourceLifecycleManager {
    private static BrokerProcess broker;

    /** The broker of this boot. */
    static BrokerProcess broker() {
        return broker;
    }

    @Override
    public Map<String, String> start() {
        // One of the tests kills it, and waits for as long.
        broker = BrokerProcess.start(Map.of("broker.session.timeout.ms", "5000"));
        try {
            return Map.of(
                    "thirteen.kafka.bootstrap-servers",
                    broker.bootstrapServers(),
                    "thirteen.cache.folder",
                    Files.createTempDirectory("thirteen-blobs").toString(),
                    "thirteen.trainer.max-blob-bytes",
                    "2000000",
                    "thirteen.models.root",
                    Goldens.MODELS.toString(),
                    "thirteen.engine.threads",
                    "1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {
        if (broker != null) broker.close();
    }
}
