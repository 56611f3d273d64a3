package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.RunEvent;
import dev.thirteen.engine.EngineExit;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.ProcessEnd;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

/**
 * The one thread that owns the consumer and the transactional producer: reads the topics, then polls, runs what others
 * ask of it, and commits. Others talk to it by {@link #create}, {@link #command}, {@link #keep} and the index.
 */
@Singleton
class TrainerLoop {
    private static final Logger LOG = Logger.getLogger(TrainerLoop.class);
    /** With read_committed a long poll sometimes sleeps its whole time although records are there. */
    private static final Duration POLL = Duration.ofMillis(20);

    /** Exit status of a process that ended by itself. */
    private static final int FAILED = 1;

    /** What a call waits for the topics to be read: less than clients give a quick answer. */
    private static final Duration READING = Duration.ofSeconds(20);

    private static final long DEADLINE_CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final KafkaClients clients;
    private final TrainerConfig config;
    private final RunIndex index;
    private final Blobs blobs;
    private final Models models;
    private final StepSpans spans;
    private final TrainerMeters meters;
    private final Queue<Consumer<RunDriver>> mail = new ConcurrentLinkedQueue<>();
    private final EngineThreads threads = new EngineThreads();
    private final LostThreads lost = new LostThreads(EngineExit::now);
    private final Thread thread = Thread.ofPlatform().name("trainer-loop").unstarted(this::run);
    private final Readiness readiness = new Readiness();
    private volatile boolean failed;

    TrainerLoop(
            KafkaClients clients,
            TrainerConfig config,
            RunIndex index,
            Blobs blobs,
            Models models,
            StepSpans spans,
            TrainerMeters meters) {
        this.clients = clients;
        this.config = config;
        this.index = index;
        this.blobs = blobs;
        this.models = models;
        this.spans = spans;
        this.meters = meters;
    }

    void start(@Observes StartupEvent event) {
        lost.watchAll();
        if (config.role() == TrainerConfig.Role.TRAINER) thread.start();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        readiness.stop();
        thread.join(TimeUnit.SECONDS.toMillis(30));
        threads.end(failed ? FAILED : EngineExit.TERMINATED);
    }

    /** Whether the topics have been read and the loop turns. */
    boolean ready() {
        return readiness.ready();
    }

    /** @throws Failure OUTSIDE before the topics are read and while the service goes down */
    void requireReady() {
        requireTrainer();
        readiness.require();
    }

    /** Lets a call wait that comes while the topics are read, as after a restart. @throws Failure as {@link #requireReady} */
    void awaitReady() {
        requireTrainer();
        readiness.await(READING);
    }

    private void requireTrainer() {
        if (config.role() == TrainerConfig.Role.TRAINER) return;
        throw new Failure(Failure.Kind.OUTSIDE, "this is a replica that computes parts of gradients: ask the trainer");
    }

    /** Records an imported adapter, or gives the equal one that has its name. The future fails with EXISTS. */
    CompletableFuture<NamedAdapter> keep(NamedAdapter adapter) {
        return ask((driver, answer) -> answer.complete(driver.keep(adapter)));
    }

    /** Creates a run whose spec is valid. The future fails with EXISTS. */
    CompletableFuture<RunState> create(RunSpec spec) {
        return ask((driver, answer) -> answer.complete(driver.create(spec)));
    }

    /** Creates a run by its first record, whose spec is valid. The future fails with EXISTS. */
    CompletableFuture<RunState> create(RunState record) {
        return ask((driver, answer) -> answer.complete(driver.create(record)));
    }

    /** Pauses, resumes or cancels. The future fails with NOT_FOUND or CONFLICT. */
    CompletableFuture<RunState> command(String run, RunEvent event) {
        return ask((driver, answer) -> driver.command(run, event, answer));
    }

    private <T> CompletableFuture<T> ask(BiConsumer<RunDriver, CompletableFuture<T>> question) {
        requireReady();
        CompletableFuture<T> answer = new CompletableFuture<>();
        mail.add(driver -> {
            try {
                question.accept(driver, answer);
            } catch (Failure e) {
                answer.completeExceptionally(e);
                // The journal cannot go on: that is the loop's problem, not the caller's alone.
                if (e.kind() == Failure.Kind.OUTSIDE) throw e;
            }
        });
        return answer;
    }

    private void run() {
        try {
            clients.requireBroker();
            clients.ensureTopics();
            turn();
        } catch (RuntimeException | Error e) {
            if (readiness.stopping()) return;
            failed = true;
            ProcessEnd.because("trainer-service stops", e);
        } finally {
            readiness.end();
        }
    }

    private void turn() {
        // First of all: from here on no earlier trainer can write, and what it left open is ended.
        try (KafkaJournal journal =
                        new KafkaJournal(clients.transactionalProducer(config.transactionalId()), config.group());
                Spread spread = new Spread(
                        config.spreadGradients() ? Optional.of(new SpreadGradients(clients)) : Optional.empty());
                KafkaRecordedRollouts recorded = new KafkaRecordedRollouts(clients, index);
                var consumer = clients.consumer(config.group())) {
            Background background = background(spread.gradients());
            lost.watchKafka();
            RunCommits commits =
                    new RunCommits(journal, index, blobs, config.keptStates(), spans, meters, InstantSource.system());
            RunDriver driver = new RunDriver(config, index, commits, background, recorded, meters, spans);
            Replay.read(clients, blobs, index);
            Instant asked = Replay.requestsOut(clients) ? Instant.now() : Instant.MIN;
            index.states().forEach(state -> driver.restore(state, asked));
            consumer.assign(Stream.of(Topics.SCORED_ROLLOUTS, Topics.DEAD_LETTERS)
                    .flatMap(topic -> TopicReplay.partitions(topic).stream())
                    .toList());
            readiness.begin();
            LOG.infof(
                    "trainer-service is ready; %d runs are known",
                    index.states().size());
            long checkedNanos = System.nanoTime();
            while (!readiness.stopping()) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) driver.record(record);
                for (Consumer<RunDriver> task = mail.poll(); task != null; task = mail.poll()) task.accept(driver);
                if (System.nanoTime() - checkedNanos < DEADLINE_CHECK_NANOS) continue;
                driver.checkDeadlines();
                checkedNanos = System.nanoTime();
            }
            driver.close();
        }
    }

    /** Where gradients go, as long as the loop turns. */
    private record Spread(Optional<SpreadGradients> gradients) implements AutoCloseable {
        @Override
        public void close() {
            gradients.ifPresent(SpreadGradients::close);
        }
    }

    private Background background(Optional<SpreadGradients> spread) {
        Consumer<Runnable> loop = task -> mail.add(_ -> task.run());
        return new Background(models, index, spans, config.microBatchTokens(), threads, spread, loop);
    }
}
