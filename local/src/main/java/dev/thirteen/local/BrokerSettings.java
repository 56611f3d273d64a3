package dev.thirteen.local;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Settings of a single-node broker that is small, quick to start and quick to notice a death.
 *
 * @param own settings that take the place of these
 */
record BrokerSettings(Path data, int port, int controllerPort, Map<String, String> own) {

    /** Warnings and errors, one line each; at INFO a start alone prints every setting. */
    static final String LOGGING = """
            handlers=java.util.logging.ConsoleHandler
            .level=WARNING
            java.util.logging.SimpleFormatter.format=%1$tH:%1$tM:%1$tS.%1$tL %4$s [%3$s] %5$s%6$s%n
            """;

    /** The text of {@code server.properties}. */
    String text() {
        Map<String, String> settings = new LinkedHashMap<>(network());
        settings.putAll(ONE_NODE);
        settings.putAll(QUICK);
        settings.putAll(FAR);
        settings.putAll(SMALL);
        settings.putAll(own);
        return settings.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
                .collect(Collectors.joining());
    }

    private Map<String, String> network() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", "1");
        settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        settings.put("listeners", "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
        settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
        settings.put("log.dirs", data.toAbsolutePath().toString());
        settings.put("auto.create.topics.enable", "false");
        return settings;
    }

    private static final Map<String, String> ONE_NODE = Map.of(
            "offsets.topic.replication.factor", "1",
            "offsets.topic.num.partitions", "1",
            "transaction.state.log.replication.factor", "1",
            "transaction.state.log.min.isr", "1",
            "transaction.state.log.num.partitions", "1",
            "share.coordinator.state.topic.replication.factor", "1",
            "share.coordinator.state.topic.min.isr", "1",
            "share.coordinator.state.topic.num.partitions", "1");

    /**
     * A killed broker's registration, a dead member and a lost record lock are noticed in seconds, not in a minute. Less than ten
     * for the registration would fence the one broker that there is when a machine with much else to do keeps it waiting.
     */
    private static final Map<String, String> QUICK = Map.of(
            "broker.session.timeout.ms", "10000",
            "broker.heartbeat.interval.ms", "500",
            "group.initial.rebalance.delay.ms", "0",
            "group.min.session.timeout.ms", "1000",
            "group.share.min.heartbeat.interval.ms", "100",
            "group.share.heartbeat.interval.ms", "300",
            "group.share.min.session.timeout.ms", "1000",
            "group.share.session.timeout.ms", "10000",
            "group.share.min.record.lock.duration.ms", "1000");

    /**
     * What a partition gives out beyond the oldest record that is still held: the default, 2,000, is an hour of small groups. And
     * the members of a share group, one for each group of samples under way: the default, 200, is six pods with a GPU.
     */
    private static final Map<String, String> FAR = Map.of(
            "group.share.max.size", "1000",
            "group.share.partition.max.record.locks", "10000",
            "group.share.max.partition.max.record.locks", "10000");

    /** The defaults are made for a machine of its own: the cleaner alone would take half the heap. */
    private static final Map<String, String> SMALL = Map.of(
            "num.network.threads", "2",
            "num.io.threads", "4",
            "background.threads", "2",
            "log.cleaner.dedupe.buffer.size", "8388608",
            "log.index.size.max.bytes", "1048576");
}
