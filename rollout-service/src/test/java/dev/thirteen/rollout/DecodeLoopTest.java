package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.MemoryNeed;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.Precision;
import dev.thirteen.kit.EngineSettings;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
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
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The decode thread in trouble, on a tiny random checkpoint. In the booted service, which alone may load the natives. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class DecodeLoopTest {
    private static final Path MODEL =
            Path.of(System.getProperty("thirteen.home"), "engine/src/test/resources/golden/models/qwen2-tied");

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

    private static CacheBudget budget(long freeBytes, Map<String, String> settings) {
        SmallRyeConfig config = config(settings);
        return new CacheBudget(
                config.getConfigMapping(RolloutConfig.class),
                config.getConfigMapping(EngineSettings.class),
                OptionalLong.of(freeBytes));
    }

    /** 2 layers of 2 x 16 fp32 numbers a side: 512 bytes a token. */
    @Test
    void aBudgetThatMemoryDoesNotHaveIsRefusedBeforeWeightsAreLoaded() {
        try (ModelStore models = store(MODEL.getParent())) {
            MemoryNeed need = models.need("qwen2-tied");
            long beside = need.weights() + need.work(256, 4096);
            long tokens = 1_000_000;
            Map<String, String> asked = Map.of("thirteen.rollout.max-cache-tokens", "1000000");
            budget(beside + tokens * need.cacheToken(), asked).pass("qwen2-tied", need, List.of());
            CacheBudget less = budget(beside + tokens * need.cacheToken() - 1, asked);
            assertThatThrownBy(() -> less.pass("qwen2-tied", need, List.of()))
                    .isInstanceOfSatisfying(
                            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CONFLICT))
                    .hasMessageContaining("qwen2-tied needs %,d bytes", beside + tokens * need.cacheToken())
                    .hasMessageContaining("There are %,d", beside + tokens * need.cacheToken() - 1)
                    .hasMessageContaining("set thirteen.rollout.max-cache-tokens to 999999 at most");
            assertThat(models.loaded("qwen2-tied")).isFalse();
        }
    }

    @Test
    void whatFitsOnceOthersHaveGoneMayBeTriedAgain() {
        try (BaseModel base = load()) {
            MemoryNeed need = base.memory();
            CacheBudget one = budget(
                    need.weights() + need.work(256, 4096) + 5000 * need.cacheToken(),
                    Map.of("thirteen.rollout.max-cache-tokens", "5000"));
            assertThatThrownBy(() -> one.pass("another", need, List.of(base)))
                    .isInstanceOfSatisfying(
                            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CAPACITY));
        }
    }

    @Test
    void theUsualBudgetIsLoweredToWhatFitsAndDecodersShareTheMemory() {
        try (BaseModel base = load()) {
            MemoryNeed need = base.memory();
            long beside = need.weights() + need.work(256, 4096);
            CacheBudget budget = budget(beside + 40_000 * need.cacheToken(), Map.of());
            assertThat(budget.grant("first", base)).isEqualTo(20_000);
            assertThat(budget.grant("second", base)).isEqualTo(10_000);
            budget.giveBack("first");
            assertThat(budget.grant("third", base)).isEqualTo(15_000);
            CacheBudget little = budget(beside + 2_000 * need.cacheToken(), Map.of());
            assertThatThrownBy(() -> little.pass("qwen2-tied", need, List.of()))
                    .hasMessageContaining("lower thirteen.engine.max-sequence-tokens (2048 here) or give this process");
        }
    }

    /** The chart gives a pod 3 GiB and its heap 384 MiB; two caches are what one model may have. */
    @Test
    void theBundledModelHasTheUsualBudgetTwiceInThePodOfTheChart() {
        Path bundled = Path.of(System.getProperty("thirteen.home"), "models");
        try (ModelStore models = store(bundled);
                BaseModel base = models.get("tiny-arithmetic")) {
            CacheBudget budget = budget((3L << 30) - (384L << 20) - (512L << 20), Map.of());
            assertThat(budget.grant("first", base)).isEqualTo(131_072);
            assertThat(budget.grant("second", base)).isEqualTo(131_072);
        }
    }

    private static ModelStore store(Path root) {
        return new ModelStore(options(root, 1));
    }

    private static ModelStore.Options options(Path root, int models) {
        return new ModelStore.Options(root, false, models, new EngineOptions(Precision.FP32, 1));
    }

    /** It has no decoder yet, or never will: Score needs none. */
    @Test
    void aModelThatOnlyHasWeightsTakesMemoryToo() {
        try (ModelStore headers = store(MODEL.getParent())) {
            MemoryNeed need = headers.need("qwen2-tied");
            MemoryNeed other = headers.need("smollm2-like");
            long beside = need.weights() + need.work(256, 4096) + other.weights();
            CacheBudget budget = budget(beside + 40_000 * need.cacheToken(), Map.of());
            try (ModelStore models = new ModelStore(options(MODEL.getParent(), 2), budget)) {
                BaseModel base = models.get("qwen2-tied");
                models.get("smollm2-like");
                assertThat(budget.grant("first", base)).isEqualTo(20_000);
            }
        }
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

    /** A sample whose caller takes a millisecond for each token, so that no processor is done before the test has looked. */
    private static class Slow extends Samples {
        Slow() {
            super(1);
        }

        @Override
        public void token(Decoder.Token token) {
            LockSupport.parkNanos(1_000_000);
            super.token(token);
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

    private static BaseModel load() {
        return BaseModel.load(MODEL, new EngineOptions(Precision.FP32, 1));
    }

    private static DecodeTask task(BaseModel base) {
        return task(base, 3);
    }

    /** Two seconds of a slow sample: no stop token ends it. */
    private static DecodeTask endless(BaseModel base) {
        SamplingParameters sampling =
                new SamplingParameters(1, Filters.OFF, new LogitChanges(1, Endless.BIAS), List.of(), 1900, 7);
        return task(base, 1, 2, false, sampling);
    }

    private static DecodeTask task(BaseModel base, int tokens) {
        return task(base, 1, 2, tokens, false);
    }

    private static DecodeTask task(BaseModel base, int samples, int promptTokens, boolean alone) {
        return task(base, samples, promptTokens, 3, alone);
    }

    private static DecodeTask task(BaseModel base, int samples, int promptTokens, int tokens, boolean alone) {
        return task(base, samples, promptTokens, alone, new SamplingParameters(1, 1, 0, tokens, 7));
    }

    private static DecodeTask task(
            BaseModel base, int samples, int promptTokens, boolean alone, SamplingParameters sampling) {
        int[] prompt = IntStream.range(5, 5 + promptTokens).toArray();
        return new DecodeTask(base, Policy.BASE, prompt, samples, sampling, 0, alone, 0, DecodeTask.Turn.NOBODYS);
    }

    private static SmallRyeConfig config(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(RolloutConfig.class)
                .withMapping(EngineSettings.class)
                .withConverter(Duration.class, 200, new DurationConverter())
                .withDefaultValues(values)
                .build();
    }
}
