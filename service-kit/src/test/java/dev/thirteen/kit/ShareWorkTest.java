package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.ShareWork.Done;
import dev.thirteen.kit.ShareWork.Outcome;
import dev.thirteen.kit.ShareWork.Park;
import dev.thirteen.kit.ShareWork.Retry;
import dev.thirteen.local.BrokerProcess;
import dev.thirteen.proto.rollout.v1.DeadLetter;
import dev.thirteen.proto.rollout.v1.GroupId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logmanager.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Share work on a real broker. Each test has a share group of its own and looks at its own run's records only. */
class ShareWorkTest {
    private static final Duration LIMIT = Duration.ofSeconds(120);
    /** Longer than any thread waits for a processor here. */
    private static final Duration LOCK = Duration.ofSeconds(30);

    /** Members that the broker allows a share group. */
    private static final int MEMBERS = 6;

    private static BrokerProcess broker;
    private static KafkaClients clients;
    private static RecordWriter writer;

    @BeforeAll
    static void startBroker() {
        // One of the tests kills it, and waits for as long.
        broker = BrokerProcess.start(
                Map.of("broker.session.timeout.ms", "5000", "group.share.max.size", Integer.toString(MEMBERS)));
        clients = new KafkaClients(broker.bootstrapServers(), Duration.ofSeconds(30), 1);
        clients.requireBroker();
        clients.ensureTopics();
        clients.ensureTopics();
        clients.awaitTopics(Topics.values());
        writer = new RecordWriter(clients, Tracing.off());
    }

    @AfterAll
    static void stopBroker() {
        writer.close();
        broker.close();
    }

    @Test
    void everyCommittedRecordIsHandledOnceAndAbortedOnesNever() {
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        try (ShareWork work = work("once", 4, record -> {
            seen.merge(groupOf(record), 1, Integer::sum);
            return new Done();
        })) {
            work.start();
            writeTransaction("once", 0, 3, false);
            writeTransaction("once", 10, 20, true);
            await(() -> count(seen, "once") == 20);
        }
        assertThat(seen).allSatisfy((group, times) -> assertThat(times).isEqualTo(1));
        assertThat(seen.keySet().stream().filter(key -> key.startsWith("once/")))
                .allMatch(key -> group(key) >= 10);
    }

    /** Workers that find no room wait instead of asking twice a second, and it is said once. */
    @Test
    void aGroupThatIsFullWorksWithTheMembersThatItHas() throws InterruptedException {
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        List<String> said = Collections.synchronizedList(new ArrayList<>());
        Handler listener = new Listener(said);
        // What JBoss Logging writes to here; the JDK's own loggers hear nothing of it.
        Logger log = Logger.getLogger(ShareWork.class.getName());
        log.addHandler(listener);
        try (ShareWork work = work("crowded", MEMBERS + 3, record -> {
            seen.merge(groupOf(record), 1, Integer::sum);
            return new Done();
        })) {
            work.start();
            await(() -> !said.isEmpty());
            writeTransaction("crowded", 0, 20, true);
            await(() -> count(seen, "crowded") == 20);
            TimeUnit.SECONDS.sleep(1);
        } finally {
            log.removeHandler(listener);
        }
        assertThat(said).singleElement().asString().contains("group 'crowded'", "6 members", "group.share.max.size");
    }

    /** Keeps what is logged. */
    private static final class Listener extends Handler {
        private final List<String> said;

        Listener(List<String> said) {
            this.said = said;
        }

        @Override
        public void publish(LogRecord record) {
            said.add(new SimpleFormatter().formatMessage(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @Test
    void aSlowRecordIsRenewedPastItsLockAndNotGivenToAnother() {
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        CountDownLatch end = new CountDownLatch(1);
        ShareWork.Options options = options("slow", 2, Duration.ofSeconds(30), Duration.ofSeconds(5));
        try (ShareWork work = work(options, record -> {
            if (!run(record).equals("slow")) return new Done();
            seen.merge(groupOf(record), 1, Integer::sum);
            end.await();
            return new Done();
        })) {
            work.start();
            writeTransaction("slow", 0, 1, true);
            await(() -> count(seen, "slow") == 1);
            long held = System.nanoTime();
            // Twice the lock of 5 s; a record that is not renewed would come back within it.
            await(() ->
                    System.nanoTime() - held > options.lock().multipliedBy(2).toNanos());
            end.countDown();
        }
        assertThat(seen.get("slow/0")).isEqualTo(1);
    }

    @Test
    void whatCanNeverBeDoneIsParkedWithItsReason() {
        try (ShareWork work = work("parked", 2, record -> {
            if (!run(record).equals("parked")) return new Done();
            return switch (group(groupOf(record))) {
                case 0 -> new Park("it is a poisoned record");
                case 1 -> throw new Failure(Failure.Kind.CONFLICT, "the digest differs");
                default -> throw new Failure(Failure.Kind.OUTSIDE, "the trainer is away");
            };
        })) {
            work.start();
            writeTransaction("parked", 0, 3, true);
            List<DeadLetter> letters = deadLetters("parked", 3);

            assertThat(letters)
                    .extracting(DeadLetter::getReason)
                    .anyMatch("it is a poisoned record"::equals)
                    .anyMatch("the digest differs"::equals)
                    .anyMatch(reason -> reason.startsWith("gave up after") && reason.endsWith("the trainer is away"));
            assertThat(letters).allSatisfy(letter -> {
                assertThat(letter.getService()).isEqualTo("parked");
                assertThat(letter.getTopic()).isEqualTo("rollout-requests");
                assertThat(letter.getId()).isEqualTo(GroupId.parseFrom(letter.getRecord()));
            });
        }
    }

    @Test
    void aRecordTooLargeForItsDeadLetterIsLeftOut() throws Exception {
        // More than the broker's default of 1 MiB, less than what our topics take.
        UnknownFieldSet.Field bulk = UnknownFieldSet.Field.newBuilder()
                .addLengthDelimited(ByteString.copyFrom(new byte[1_500_000]))
                .build();
        GroupId large = GroupId.newBuilder()
                .setRun("large")
                .setUnknownFields(
                        UnknownFieldSet.newBuilder().addField(99, bulk).build())
                .build();
        try (ShareWork work =
                work("large", 1, record -> run(record).equals("large") ? new Park("bulky") : new Done())) {
            work.start();
            writer.write(Topics.ROLLOUT_REQUESTS, "large/0", large);

            assertThat(deadLetters("large", 1)).singleElement().satisfies(letter -> {
                assertThat(letter.getRecord().isEmpty()).isTrue();
                assertThat(letter.getReason()).isEqualTo("bulky");
            });
        }
    }

    @Test
    void aRecordIsTriedAgainUnderTheSameDelivery() {
        List<Short> deliveries = new ArrayList<>();
        // It pauses for 0.25 s and for 0.5 s between its tries.
        ShareWork.Options patient = new ShareWork.Options(
                Topics.ROLLOUT_REQUESTS, "again", 1, LOCK, 3, Duration.ofSeconds(20), Duration.ofSeconds(20));
        try (ShareWork work = work(patient, record -> {
            if (!run(record).equals("again")) return new Done();
            synchronized (deliveries) {
                deliveries.add(record.deliveryCount().orElseThrow());
                return deliveries.size() < 3 ? new Retry("not yet") : new Done();
            }
        })) {
            work.start();
            writeTransaction("again", 0, 1, true);
            await(() -> {
                synchronized (deliveries) {
                    return deliveries.size() == 3;
                }
            });
        }
        assertThat(deliveries).containsExactly((short) 1, (short) 1, (short) 1);
    }

    @Test
    void workOfAStoppedWorkerGoesToAnotherAndIsParkedBeforeTheBrokersLimit() {
        CountDownLatch never = new CountDownLatch(1);
        for (int death = 0; death < 3; death++) {
            CountDownLatch taken = new CountDownLatch(1);
            try (ShareWork work = work(options("deaths", 1, Duration.ZERO), record -> {
                if (!run(record).equals("deaths")) return new Done();
                taken.countDown();
                never.await();
                return new Done();
            })) {
                work.start();
                if (death == 0) writeTransaction("deaths", 0, 1, true);
                await(() -> taken.getCount() == 0);
            }
        }
        try (ShareWork work = work("deaths", 1, record -> new Done())) {
            work.start();
            assertThat(deadLetters("deaths", 1))
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.getReason()).startsWith("delivered 4 times"));
        }
    }

    /** Not when its lock ends, which would be in a minute. */
    @Test
    void whatIsInWorkAtTheEndOfTheGraceIsHandedBackAtOnce() {
        Duration lock = Duration.ofMinutes(1);
        CountDownLatch never = new CountDownLatch(1);
        Map<String, Integer> taken = new ConcurrentHashMap<>();
        Map<String, Integer> again = new ConcurrentHashMap<>();
        try (ShareWork work = work(options("handed", 4, Duration.ZERO, lock), record -> {
            if (!run(record).equals("handed")) return new Done();
            taken.merge(groupOf(record), 1, Integer::sum);
            never.await();
            return new Done();
        })) {
            work.start();
            writeTransaction("handed", 0, 4, true);
            await(() -> count(taken, "handed") == 4);
        }
        long closed = System.nanoTime();
        try (ShareWork work = work(options("handed", 4, Duration.ofSeconds(20), lock), record -> {
            again.merge(groupOf(record), 1, Integer::sum);
            return new Done();
        })) {
            work.start();
            await(() -> count(again, "handed") == 4);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - closed)).isLessThan(lock.dividedBy(2));
    }

    @Test
    void workGoesOnWhenTheBrokerWasKilled() {
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        // As many as a rollout service has: if they spun while the broker is away, it would hardly come back.
        try (ShareWork work = work("killed", 16, record -> {
            seen.merge(groupOf(record), 1, Integer::sum);
            return new Done();
        })) {
            work.start();
            writeTransaction("killed", 0, 2, true);
            await(() -> count(seen, "killed") == 2);
            broker.kill();
            broker.restart();
            writeTransaction("killed", 2, 2, true);
            await(() -> count(seen, "killed") == 4);
        }
    }

    @Test
    void aMissingBrokerIsOneSentence() {
        KafkaClients nowhere = new KafkaClients("127.0.0.1:1", Duration.ofMillis(1), 1);

        assertThatThrownBy(nowhere::requireBroker)
                .isInstanceOf(Failure.class)
                .hasMessage("no Kafka broker answers at 127.0.0.1:1 (thirteen.kafka.bootstrap-servers)");
    }

    @Test
    void aBrokerWhoseHostHasNoAddressIsOneSentence() {
        KafkaClients nowhere = new KafkaClients("no-such-host.invalid:9092", Duration.ofMillis(1), 1);

        assertThatThrownBy(nowhere::requireBroker)
                .isInstanceOf(Failure.class)
                .hasMessage("no Kafka client for no-such-host.invalid:9092 (thirteen.kafka.bootstrap-servers):"
                        + " No resolvable bootstrap urls given in bootstrap.servers");
    }

    private interface Work {
        Outcome of(ConsumerRecord<String, byte[]> record) throws InterruptedException;
    }

    private static ShareWork work(String group, int workers, Work work) {
        return work(options(group, workers, Duration.ofSeconds(20)), work);
    }

    private static ShareWork work(ShareWork.Options options, Work work) {
        ShareWork.Handler handler = new ShareWork.Handler() {
            @Override
            public Outcome handle(ConsumerRecord<String, byte[]> record) throws InterruptedException {
                return work.of(record);
            }

            @Override
            public GroupId idOf(byte[] record) throws InvalidProtocolBufferException {
                return GroupId.parseFrom(record);
            }
        };
        return new ShareWork(options, clients, writer, Tracing.off(), handler);
    }

    private static ShareWork.Options options(String group, int workers, Duration grace) {
        return options(group, workers, grace, LOCK);
    }

    private static ShareWork.Options options(String group, int workers, Duration grace, Duration lock) {
        return new ShareWork.Options(Topics.ROLLOUT_REQUESTS, group, workers, lock, 3, Duration.ofSeconds(1), grace);
    }

    /** Writes groups of a run in one transaction. */
    private static void writeTransaction(String run, int from, int groups, boolean commit) {
        try (Producer<String, byte[]> producer = clients.transactionalProducer("writer")) {
            producer.initTransactions();
            producer.beginTransaction();
            for (int i = from; i < from + groups; i++) {
                GroupId id = GroupId.newBuilder().setRun(run).setGroup(i).build();
                producer.send(new ProducerRecord<>(Topics.ROLLOUT_REQUESTS.topic(), run + "/" + i, id.toByteArray()));
            }
            producer.flush();
            if (commit) producer.commitTransaction();
            else producer.abortTransaction();
        }
    }

    private static List<DeadLetter> deadLetters(String run, int count) {
        List<DeadLetter> letters = new ArrayList<>();
        try (Consumer<String, byte[]> reader = clients.reader()) {
            List<TopicPartition> partitions = List.of(new TopicPartition(Topics.DEAD_LETTERS.topic(), 0));
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            await(() -> {
                for (ConsumerRecord<String, byte[]> record : reader.poll(Duration.ofMillis(100))) {
                    if (record.key().equals(run)) letters.add(parsed(record, DeadLetter::parseFrom));
                }
                return letters.size() >= count;
            });
        }
        return letters;
    }

    private static String groupOf(ConsumerRecord<String, byte[]> record) {
        GroupId id = parsed(record, GroupId::parseFrom);
        return id.getRun() + "/" + id.getGroup();
    }

    private static String run(ConsumerRecord<String, byte[]> record) {
        return parsed(record, GroupId::parseFrom).getRun();
    }

    private static int group(String key) {
        return Integer.parseInt(key.substring(key.indexOf('/') + 1));
    }

    private static long count(Map<String, Integer> seen, String run) {
        return seen.keySet().stream().filter(key -> key.startsWith(run + "/")).count();
    }

    private interface Parser<T> {
        T of(byte[] bytes) throws InvalidProtocolBufferException;
    }

    private static <T> T parsed(ConsumerRecord<String, byte[]> record, Parser<T> parser) {
        try {
            return parser.of(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited " + LIMIT).isLessThan(deadline);
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
