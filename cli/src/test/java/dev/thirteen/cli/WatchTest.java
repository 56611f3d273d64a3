package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WatchTest {
    private static final String ROLLOUT = "rollout-service at 127.0.0.1:1";

    private final StringWriter err = new StringWriter();
    private final Set<String> silent = new HashSet<>();
    private long seconds;
    private final Watch watch = new Watch(
            new Output(new PrintWriter(new StringWriter()), new PrintWriter(err), false),
            new Watch.Asked(
                    List.of(ROLLOUT, "reward-service at 127.0.0.1:2"),
                    name -> !silent.contains(name),
                    "; logs are in /logs"),
            () -> Duration.ofSeconds(seconds).toNanos());

    /** What is said within so many seconds, without times of day. */
    private List<String> pass(long time) {
        int before = err.toString().length();
        for (long end = seconds + time; seconds < end; ) {
            seconds += 5;
            watch.look();
        }
        return new ArrayList<>(err.toString()
                .substring(before)
                .replaceAll("since \\d\\d:\\d\\d:\\d\\d", "since then")
                .lines()
                .toList());
    }

    @Test
    void aServiceThatIsAwayForAMomentIsNoNewsAndOneThatStaysAwayIs() {
        pass(10);
        silent.add(ROLLOUT);
        assertThat(pass(10)).isEmpty();
        silent.clear();
        assertThat(pass(10)).isEmpty();
        silent.add(ROLLOUT);
        assertThat(pass(60))
                .containsExactly(
                        "thirteen: " + ROLLOUT + " has not answered for 0:15 (since then); logs are in /logs",
                        "thirteen: " + ROLLOUT + " has not answered for 0:30 (since then); logs are in /logs",
                        "thirteen: " + ROLLOUT + " has not answered for 1:00 (since then); logs are in /logs");
        silent.clear();
        watch.at(1, "");
        assertThat(pass(30)).containsExactly("thirteen: " + ROLLOUT + " answers again");
    }

    @Test
    void workThatDoesNotMoveIsToldWithWhereItStandsAndWhoIsSilent() {
        watch.at(12, "run tiny is running, after step 12 of 60");
        assertThat(watch.still()).isFalse();
        assertThat(pass(200))
                .containsExactly(
                        "thirteen: nothing has moved for 2:00 (since then): run tiny is running, after step 12 of"
                                + " 60; logs are in /logs");
        assertThat(watch.still()).isTrue();
        silent.add(ROLLOUT);
        assertThat(pass(40).getLast())
                .isEqualTo(
                        "thirteen: nothing has moved for 4:00 (since then): run tiny is running, after step 12 of 60;"
                                + " no answer from " + ROLLOUT + "; logs are in /logs");
        watch.at(13, "run tiny is running, after step 13 of 60");
        assertThat(watch.still()).isFalse();
    }

    @Test
    void aServiceAnswersWhateverItSaysUntilItIsGone() throws Exception {
        FakeServices fake = new FakeServices();
        Map<Endpoints.Service, String> given = new EnumMap<>(Endpoints.Service.class);
        given.put(Endpoints.Service.ROLLOUT, fake.address());
        Endpoints endpoints = new Endpoints(given, Optional.empty(), Map.of("THIRTEEN_HOME", "/nowhere"));
        try (Services services = new Services(endpoints, Security.of(Map.of()))) {
            assertThat(services.name(Endpoints.Service.ROLLOUT)).contains("rollout-service at " + fake.address());
            assertThat(services.name(Endpoints.Service.REWARD)).isEmpty();
            assertThat(services.answers(Endpoints.Service.ROLLOUT)).isTrue();
            fake.close();
            assertThat(services.answers(Endpoints.Service.ROLLOUT)).isFalse();
        }
    }
}
