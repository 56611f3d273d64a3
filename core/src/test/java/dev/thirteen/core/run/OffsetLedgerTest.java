package dev.thirteen.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OffsetLedgerTest {
    @Test
    void theOffsetStopsAtTheFirstRecordThatIsHeld() {
        OffsetLedger<String, String> ledger = new OffsetLedger<>();
        ledger.read("p", 0);
        ledger.hold("p", 3, "a/1");
        ledger.hold("p", 4, "a/0");
        ledger.read("p", 9);
        assertThat(ledger.committable(_ -> false)).isEqualTo(Map.of("p", 3L));
        ledger.settle("a/0");
        assertThat(ledger.committable(_ -> false)).isEqualTo(Map.of("p", 3L));
        ledger.hold("p", 10, "b/0");
        ledger.release("p", 3);
        assertThat(ledger.committable(_ -> false)).isEqualTo(Map.of("p", 10L));
        assertThat(ledger.committable("b/0"::equals)).isEqualTo(Map.of("p", 11L));
        assertThat(ledger.committable(_ -> false)).isEqualTo(Map.of("p", 10L));
        ledger.settle("b/0");
        assertThat(ledger.committable(_ -> false)).isEqualTo(Map.of("p", 11L));
    }

    @Test
    void noHeldRecordIsEverPassedAndNothingSettledIsReadAgainWithoutNeed() {
        for (int seed = 0; seed < 200; seed++) agreesWithSlowModel(new Random(seed));
    }

    /** The slow model keeps every offset that was read, and who holds it. */
    private static void agreesWithSlowModel(Random random) {
        OffsetLedger<Integer, Integer> ledger = new OffsetLedger<>();
        Map<Integer, TreeMap<Long, Integer>> read = new TreeMap<>();
        for (int event = 0; event < 80; event++) {
            int partition = random.nextInt(3);
            TreeMap<Long, Integer> records = read.computeIfAbsent(partition, _ -> new TreeMap<>());
            long offset = (records.isEmpty() ? -1 : records.lastKey()) + 1 + random.nextInt(3);
            int owner = random.nextInt(6);
            switch (random.nextInt(4)) {
                case 0 -> {
                    ledger.read(partition, offset);
                    records.put(offset, -1);
                }
                case 1 -> {
                    ledger.settle(owner);
                    for (TreeMap<Long, Integer> all : read.values())
                        all.replaceAll((_, who) -> who == owner ? -1 : who);
                    if (records.isEmpty()) read.remove(partition);
                }
                default -> {
                    ledger.hold(partition, offset, owner);
                    records.put(offset, owner);
                }
            }
            Map<Integer, Long> expected = new TreeMap<>();
            read.forEach((p, all) -> {
                if (all.isEmpty()) return;
                expected.put(p, all.lastKey() + 1);
                all.descendingMap().forEach((at, who) -> {
                    if (who >= 0) expected.put(p, at);
                });
            });
            assertThat(ledger.committable(_ -> false)).isEqualTo(expected);
        }
    }
}
