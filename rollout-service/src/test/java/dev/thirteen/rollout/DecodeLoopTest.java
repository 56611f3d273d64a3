package dev.thirteen.rollout;

import static dev.thirteen.rollout.Decoding.MODEL;
import static dev.thirteen.rollout.Decoding.SMALL;
import static dev.thirteen.rollout.Decoding.config;
import static dev.thirteen.rollout.Decoding.endless;
import static dev.thirteen.rollout.Decoding.load;
import static dev.thirteen.rollout.Decoding.options;
import static dev.thirteen.rollout.Decoding.store;
import static dev.thirteen.rollout.Decoding.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.MemoryNeed;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.kit.EngineSettings;
import dev.thirteen.rollout.Decoding.Slow;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The decode thread in trouble, on a tiny random checkpoint. In the booted service, which alone may load the natives. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class DecodeLoopTest {
    private final CompletableFuture<Throwable> ended = new CompletableFuture<>();
    private final DecodeLoop loop = loop(Map.of());

    private DecodeLoop loop(Map<String, String> settings) {
        SmallRyeConfig config = config(settings);
        RolloutConfig rollout = config.getConfigMapping(RolloutConfig.class);
        return loop(config, new CacheBudget(rollout, config.getConfigMapping(EngineSettings.class)));
    }

    private DecodeLoop loop(SmallRyeConfig config, CacheBudget budget) {
        return new DecodeLoop(
                config.getConfigMapping(RolloutConfig.class),
                config.getConfigMapping(EngineSettings.class),
                budget,
                ended::complete);
    }

    @AfterEach
    void close() {
        loop.close();
    }

    @Test
    void anErrorFailsWhatWaitsAndEndsTheService() throws Exception {
        try (BaseModel base = load()) {
            NoClassDefFoundError error = new NoClassDefFoundError("no room for a native library");
            Samples waiting = new Samples(1);
            loop.submit(task(base), new Samples(1) {
                @Override
                public void admitted() {
                    // Sent while the first is being admitted: it waits when the thread dies.
                    loop.submit(task(base), waiting);
                    throw error;
                }
            });

            assertThat(ended.get(30, TimeUnit.SECONDS)).isSameAs(error);
            assertThatThrownBy(() -> waiting.future().get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(Failure.class);
            loop.close();
            assertThat(loop.running()).isFalse();
            assertThatThrownBy(() -> loop.submit(task(base), new Samples(1))).isInstanceOf(Failure.class);
        }
    }

    @Test
    void aModelThatWasUnloadedKeepsNoDecoder() throws Exception {
        BaseModel first = load();
        decode(first);
        first.close();
        // Its decoder still holds it.
        new Decoder(first, new Decoder.Options(1, 32, false)).close();
        try (BaseModel second = load()) {
            decode(second);
            decode(second);
            assertThatThrownBy(() -> new Decoder(first, new Decoder.Options(1, 32, false)))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("was just unloaded to make room");
        }
    }

    @Test
    void aPromptIsComputedOnceUnlessItsTaskIsAlone() throws Exception {
        try (BaseModel base = load()) {
            for (int i = 0; i < 2; i++) decode(task(base, 1, 40, false));
            counts(new Decoder.Counts(1, 39, 39, 0));
            for (int i = 0; i < 2; i++) decode(task(base, 1, 40, true));
            counts(new Decoder.Counts(1, 39, 117, 0));
        }
    }

    /** They are told a moment after the last token. */
    private void counts(Decoder.Counts expected) {
        Surroundings.await(() -> loop.totals().counts().equals(expected));
    }

    @Test
    void whatTheCacheNeverHoldsFailsAndWhatDoesNotFitNowWaits() throws Exception {
        try (BaseModel base = load();
                DecodeLoop limited = loop(Map.of("thirteen.rollout.max-cache-tokens", "1024"))) {
            Samples large = new Samples(8);
            limited.submit(task(base, 8, 150, false), large);
            assertThatThrownBy(() -> large.future().get(30, TimeUnit.SECONDS))
                    .hasMessageContaining("8 rows of 153 tokens are 1224 tokens, the cache holds 877");
            List<Samples> all = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                all.add(new Samples(8));
                limited.submit(task(base, 8, 100, false), all.getLast());
            }
            for (Samples one : all) {
                assertThat(one.future().get(30, TimeUnit.SECONDS).samples()).hasSize(8);
            }
        }
    }

    /** As when another process on the device has taken what was free. */
    @Test
    void whereMemoryRunsOutTheNextCacheIsSmallerAndWhatNoLongerFitsMayBeTriedAgain() throws Exception {
        try (BaseModel base = load();
                DecodeLoop loop = loop(SMALL)) {
            Samples failed = new Samples(1) {
                @Override
                public void token(Decoder.Token token) {
                    throw new Failure(Failure.Kind.CAPACITY, "libtorch: RuntimeError: CUDA out of memory.");
                }
            };
            loop.submit(task(base, 1, 20, false), failed);
            triedAgain(
                    failed,
                    "memory ran out beside a cache of at most 1024 tokens, the next one of qwen2-tied may hold 512");
            Samples large = new Samples(8);
            loop.submit(task(base, 8, 100, false), large);
            triedAgain(large, "the cache holds 438 for now, since memory ran out; try again");
            Samples offered = new Samples(8);
            loop.offer(task(base, 8, 100, false), offered);
            triedAgain(offered, "the cache holds 438 for now, since memory ran out; try again");
            Samples small = new Samples(1);
            loop.submit(task(base, 1, 100, false), small);
            assertThat(small.future().get(30, TimeUnit.SECONDS).samples()).hasSize(1);
        }
    }

    private static void triedAgain(Samples samples, String why) {
        assertThatThrownBy(() -> samples.future().get(30, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CAPACITY))
                .hasMessageContaining(why);
    }

    /** The memory has room for one model and its cache; a decoder keeps those of a model that has gone. */
    @Test
    void aModelIsLoadedOnceTheDecodersOfTheOneThatGoesAreClosed(@TempDir Path root) throws Exception {
        for (String name : List.of("one", "two")) copy(MODEL, Files.createDirectory(root.resolve(name)));
        SmallRyeConfig config = config(Map.of("thirteen.rollout.max-cache-tokens", "5000"));
        CacheBudget budget = roomForOne(root, config);
        try (ModelStore models = new ModelStore(options(root, 1), budget);
                DecodeLoop tight = loop(config, budget)) {
            BaseModel one = models.get("one");
            Samples done = new Samples(1);
            tight.submit(task(one), done);
            done.future().get(30, TimeUnit.SECONDS);
            BaseModel two = models.get("two");
            assertThatThrownBy(one::retain).hasMessageContaining("was just unloaded");

            DecodeLoop.Ticket running = tight.submit(endless(two), new Slow());
            Surroundings.await(() -> tight.runningRows() == 1);
            assertThatThrownBy(() -> models.get("one"))
                    .isInstanceOfSatisfying(
                            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CAPACITY))
                    .hasMessage("one finds no room before what two decodes has ended; try again");
            assertThat(models.loaded("two")).isTrue();
            running.cancel();
            assertThat(models.get("one").unloaded()).isFalse();
        }
    }

    private static void copy(Path folder, Path to) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) Files.copy(file, to.resolve(file.getFileName()));
        }
    }

    private static CacheBudget roomForOne(Path root, SmallRyeConfig config) {
        try (ModelStore headers = store(root)) {
            MemoryNeed need = headers.need("one");
            return new CacheBudget(
                    config.getConfigMapping(RolloutConfig.class),
                    config.getConfigMapping(EngineSettings.class),
                    OptionalLong.of(need.weights() + need.work(256, 4096) + 5000 * need.cacheToken()));
        }
    }

    @Test
    void aDrainLetsRunningCallsEndAndTakesNoOthers() throws Exception {
        try (BaseModel base = load()) {
            Samples running = new Samples(1);
            Samples ofAGroup = new Samples(1);
            loop.offer(task(base, 200), running);
            loop.refuseCalls();
            assertThatThrownBy(() -> loop.offer(task(base), new Samples(1)))
                    .isInstanceOfSatisfying(
                            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.OUTSIDE));
            loop.submit(task(base), ofAGroup);
            loop.drain(Duration.ofSeconds(60));
            assertThat(running.future()).isCompleted();
            assertThat(ofAGroup.future()).isCompleted();
        }
    }

    @Test
    void aDrainEndsWithTheGracePeriod() throws Exception {
        try (BaseModel base = load()) {
            Samples running = new Slow();
            loop.offer(endless(base), running);
            loop.drain(Duration.ofMillis(30));
            loop.close();
            assertThatThrownBy(() -> running.future().get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(Failure.class);
        }
    }

    @Test
    void aCallThatTakesTooLongFailsAndFreesItsRows() throws Exception {
        try (BaseModel base = load();
                DecodeLoop limited = loop(Map.of("thirteen.rollout.max-call-time", "0.001S"))) {
            Samples late = new Slow();
            Samples ofAGroup = new Samples(1);
            limited.offer(endless(base), late);
            limited.submit(task(base), ofAGroup);
            assertThatThrownBy(() -> late.future().get(30, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.LATE))
                    .hasMessage("the call took longer than a call may (thirteen.rollout.max-call-time)");
            assertThat(ofAGroup.future().get(30, TimeUnit.SECONDS).samples()).hasSize(1);
            Surroundings.await(() -> limited.runningRows() == 0);
        }
    }

    /** The step that runs when the time is over is the last: at most one token of a row comes later. */
    @Test
    void aCallThatTakesTooLongDrawsNoTokenInALaterStep() throws Exception {
        Duration time = Duration.ofMillis(50);
        try (BaseModel base = load();
                DecodeLoop limited = loop(Map.of("thirteen.rollout.max-call-time", "0.050S"))) {
            List<Long> times = new CopyOnWriteArrayList<>();
            Samples late = new Slow() {
                @Override
                public void token(Decoder.Token token) {
                    times.add(System.nanoTime());
                    super.token(token);
                }
            };
            limited.offer(endless(base), late);
            // The call's own time began before this.
            long over = System.nanoTime() + time.toNanos();
            assertThatThrownBy(() -> late.future().get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(Failure.class);
            Surroundings.await(() -> limited.runningRows() == 0);
            assertThat(times).filteredOn(one -> one > over).hasSizeLessThanOrEqualTo(1);
            assertThat(limited.totals().tokens()).isEqualTo(times.size());
        }
    }

    /** From the token that its caller saw last: nothing of it is drawn in any step that begins later. */
    @Test
    void aCancelledTaskDrawsNoFurtherToken() throws Exception {
        try (BaseModel base = load()) {
            AtomicInteger tokens = new AtomicInteger();
            CompletableFuture<DecodeLoop.Ticket> ticket = new CompletableFuture<>();
            ticket.complete(loop.submit(endless(base), new Samples(1) {
                @Override
                public void token(Decoder.Token token) {
                    if (tokens.incrementAndGet() == 5) ticket.join().cancel();
                }
            }));
            Surroundings.await(() -> tokens.get() == 5 && loop.runningRows() == 0);
            decode(base);
            assertThat(tokens).hasValue(5);
            Surroundings.await(() -> loop.totals().tokens() == 5 + 3);
        }
    }

    /** 40 calls of one tenant wait when 4 of another come; in a queue without turns these would be the last of all. */
    @Test
    void aGreedyTenantDoesNotStarveAnother() throws Exception {
        try (BaseModel base = load();
                DecodeLoop limited = loop(Map.of("thirteen.engine.max-rows", "2"))) {
            List<String> order = Collections.synchronizedList(new ArrayList<>());
            List<Samples> all = new ArrayList<>();
            // All of them wait for the first to be admitted.
            CompletableFuture<Void> sent = new CompletableFuture<>();
            for (int i = 0; i < 44; i++) {
                String tenant = i < 40 ? "greedy" : "modest";
                all.add(new Samples(2) {
                    @Override
                    public void admitted() {
                        order.add(tenant);
                        sent.join();
                    }
                });
                limited.offer(task(base, 2, 2, 20, false).in(new DecodeTask.Turn(tenant, 1)), all.getLast());
            }
            sent.complete(null);
            for (Samples one : all) one.future().get(60, TimeUnit.SECONDS);
            assertThat(order).hasSize(44);
            // The other's entries before its last one: one for each of its own, and those that had begun.
            assertThat(order.lastIndexOf("modest")).isBetween(7, 10);
        }
    }

    @Test
    void aTenantHasNoMoreThanItsShareOfTheQueue() throws Exception {
        try (BaseModel base = load();
                DecodeLoop limited =
                        loop(Map.of("thirteen.engine.max-rows", "1", "thirteen.rollout.max-queued-requests", "8"))) {
            CompletableFuture<Void> begun = new CompletableFuture<>();
            CompletableFuture<Void> go = new CompletableFuture<>();
            limited.submit(task(base), new Samples(1) {
                @Override
                public void admitted() {
                    begun.complete(null);
                    go.join();
                }
            });
            begun.get(30, TimeUnit.SECONDS);
            List<Samples> greedy = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                greedy.add(new Samples(1));
                limited.offer(task(base).in(new DecodeTask.Turn("greedy", 0.25)), greedy.getLast());
            }
            Samples other = new Samples(1);
            limited.offer(task(base).in(new DecodeTask.Turn("modest", 0.25)), other);
            go.complete(null);
            assertThatThrownBy(() -> greedy.getLast().future().get(30, TimeUnit.SECONDS))
                    .hasMessageContaining("2 requests of its tenant wait, at most 2 may");
            assertThat(greedy.getFirst().future().get(30, TimeUnit.SECONDS).samples())
                    .hasSize(1);
            assertThat(other.future().get(30, TimeUnit.SECONDS).samples()).hasSize(1);
        }
    }

    private void decode(BaseModel base) throws Exception {
        decode(task(base));
    }

    private void decode(DecodeTask task) throws Exception {
        Samples samples = new Samples(1);
        loop.submit(task, samples);
        assertThat(samples.future().get(30, TimeUnit.SECONDS).samples()).hasSize(1);
    }
}
