package dev.thirteen.rollout;

import static dev.thirteen.rollout.Decoding.MODEL;
import static dev.thirteen.rollout.Decoding.SMALL;
import static dev.thirteen.rollout.Decoding.config;
import static dev.thirteen.rollout.Decoding.load;
import static dev.thirteen.rollout.Decoding.options;
import static dev.thirteen.rollout.Decoding.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.MemoryNeed;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.kit.EngineSettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.config.SmallRyeConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How much a cache may hold. In the booted service, which alone may load the natives. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class CacheBudgetTest {
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
            assertThat(budget.grant("first", base, 0).tokens()).isEqualTo(20_000);
            assertThat(budget.grant("second", base, 0).tokens()).isEqualTo(10_000);
            budget.giveBack("first");
            assertThat(budget.grant("third", base, 0).tokens()).isEqualTo(15_000);
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
            assertThat(budget.grant("first", base, 0).tokens()).isEqualTo(131_072);
            assertThat(budget.grant("second", base, 0).tokens()).isEqualTo(131_072);
        }
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
                assertThat(budget.grant("first", base, 0).tokens()).isEqualTo(20_000);
            }
        }
    }

    @Test
    void aCacheThatFoundNoMemoryIsHalvedAndDoublesWithEachMinuteAfterwards() {
        try (BaseModel base = load()) {
            SmallRyeConfig config = config(SMALL);
            CacheBudget budget = new CacheBudget(
                    config.getConfigMapping(RolloutConfig.class), config.getConfigMapping(EngineSettings.class));
            long minute = TimeUnit.MINUTES.toNanos(1);
            assertThat(budget.grant("first", base, 0)).isEqualTo(new CacheBudget.Grant(base, 1024, false));
            assertThat(budget.grows("first", 10 * minute)).isFalse();
            assertThat(budget.lessen("first", minute)).isEqualTo(new CacheBudget.Lessened(1024, 512));
            for (long next : List.of(256, 150, 150)) {
                long before = budget.grant("first", base, minute).tokens();
                assertThat(budget.lessen("first", minute)).isEqualTo(new CacheBudget.Lessened(before, next));
            }
            assertThat(budget.grant("first", base, minute)).isEqualTo(new CacheBudget.Grant(base, 150, true));
            assertThat(budget.grows("first", 2 * minute - 1)).isFalse();
            assertThat(budget.grows("first", 2 * minute)).isTrue();
            assertThat(budget.grant("first", base, 2 * minute)).isEqualTo(new CacheBudget.Grant(base, 300, true));
            assertThat(budget.grant("second", base, 1000 * minute)).isEqualTo(new CacheBudget.Grant(base, 1024, false));
            // The other's grant lifts no bound.
            assertThat(budget.grows("first", 2 * minute)).isFalse();
            assertThat(budget.grows("first", 3 * minute)).isTrue();
        }
    }

    @Test
    void aSecondDecoderThatHasLessRoomDoesNotLiftTheBoundOfItsModel() {
        try (BaseModel base = load()) {
            MemoryNeed need = base.memory();
            CacheBudget budget = budget(need.weights() + need.work(256, 4096) + 40_000 * need.cacheToken(), Map.of());
            assertThat(budget.grant("first", base, 0).tokens()).isEqualTo(20_000);
            budget.lessen("first", 0);
            budget.giveBack("first");
            assertThat(budget.grant("large", base, 0)).isEqualTo(new CacheBudget.Grant(base, 10_000, true));
            // Half of what is left is less than a minute's bound.
            assertThat(budget.grant("second", base, TimeUnit.MINUTES.toNanos(1)).lessened())
                    .isFalse();
            assertThat(budget.grows("large", 0)).isFalse();
        }
    }

    @Test
    void anIdleLaneWhoseCacheMayBeLargerAgainMakesWayForANewOne() {
        try (BaseModel base = load()) {
            SmallRyeConfig config = config(SMALL);
            RolloutConfig rollout = config.getConfigMapping(RolloutConfig.class);
            EngineSettings engine = config.getConfigMapping(EngineSettings.class);
            DecodeLanes lanes = new DecodeLanes(rollout, engine, new CacheBudget(rollout, engine));
            DecodeLanes.Key key = new DecodeLanes.Key(base, false);
            long now = System.nanoTime();
            DecodeLane first = lanes.lane(key, now);
            lanes.on(key, _ -> {
                throw new Failure(Failure.Kind.CAPACITY, "libtorch: out of memory");
            });
            DecodeLane lessened = lanes.lane(key, now);
            assertThat(lessened).isNotSameAs(first);
            assertThat(lanes.lane(key, now)).isSameAs(lessened);
            long later = now + TimeUnit.MINUTES.toNanos(2);
            DecodeLane again = lanes.lane(key, later);
            assertThat(again).isNotSameAs(lessened);
            assertThat(lanes.lane(key, later + TimeUnit.MINUTES.toNanos(2))).isSameAs(again);
            lanes.failAll(new Failure(Failure.Kind.OUTSIDE, "over"));
        }
    }

    private static CacheBudget budget(long freeBytes, Map<String, String> settings) {
        SmallRyeConfig config = config(settings);
        return new CacheBudget(
                config.getConfigMapping(RolloutConfig.class),
                config.getConfigMapping(EngineSettings.class),
                OptionalLong.of(freeBytes));
    }
}
