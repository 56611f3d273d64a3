package dev.thirteen.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.statistics.Holm;
import dev.thirteen.core.statistics.McNemar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** examples/gsm8k/holm.py, on a few comparisons and on those of docs/results.md. */
class HolmProgramTest {
    private static final String HEAD = "base,sitting,policy,measure,won,lost,difference,p\n";

    @TempDir
    private Path folder;

    private PythonExample.Ran holm(String comparisons) throws IOException, InterruptedException {
        return PythonExample.run(
                "holm.py",
                Files.writeString(folder.resolve("comparisons.csv"), comparisons)
                        .toString());
    }

    @Test
    void comparisonsOfABaseWeighOnEachOther() throws Exception {
        // Of 7 and 1: 2 (1 + 8) / 256 = 0.0703; 10 and 0: 2 / 1024 = 0.00195.
        PythonExample.Ran ran = holm(HEAD + """
                small,first,run-1,set,7,1,,
                small,first,run-2,set,10,0,,
                large,first,run-1,set,1,2,,
                small,second,run-1,set,,,-0.010,0.02
                small,second,run-2,set,,,,
                """);
        assertThat(ran.status()).isZero();
        assertThat(ran.output()).isEqualTo("""
                p\tby Holm\tof 4\tbase\tsitting\tpolicy\tmeasure\twon\tlost\tdifference
                0.002\t0.0078\t1\tsmall\tfirst\trun-2\tset\t10\t0\t
                0.02\t0.06\t2\tsmall\tsecond\trun-1\tset\t\t\t-0.010
                0.07\t0.14\t3\tsmall\tfirst\trun-1\tset\t7\t1\t
                1\t1\t4\tsmall\tsecond\trun-2\tset\t\t\t
                p\tby Holm\tof 1\tbase\tsitting\tpolicy\tmeasure\twon\tlost\tdifference
                1\t1\t1\tlarge\tfirst\trun-1\tset\t1\t2\t
                """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "base,policy\n",
                HEAD + "small,first,,set,7,1,,\n",
                HEAD + "small,first,run,set,7,,,\n",
                HEAD + "small,first,run,set,7,1,,0.07\n",
                HEAD + "small,first,run,set,7,1,,\nsmall,first,run,set,,,,0.5\n",
            })
    void aFileThatCannotBeMeantIsRefused(String comparisons) throws Exception {
        PythonExample.Ran ran = holm(comparisons);
        assertThat(ran.status()).isOne();
        assertThat(ran.output()).doesNotContain("Traceback").isNotBlank();
    }

    @ParameterizedTest
    @CsvSource({"0.5B, 306", "1.5B, 144"})
    void allThatWereMadeAreCorrectedAsTheSystemDoesIt(String base, int count) throws Exception {
        PythonExample.Ran ran = PythonExample.run("holm.py", "../../docs/results-comparisons.csv");
        assertThat(ran.status()).isZero();
        List<String[]> rows = ran.output()
                .lines()
                .map(line -> line.split("\t", -1))
                .filter(row -> row[3].equals(base))
                .toList();
        assertThat(rows).hasSize(count);

        double[] ps = rows.stream().mapToDouble(HolmProgramTest::p).toArray();
        assertThat(rows).extracting(row -> Double.parseDouble(row[0])).isSorted();
        double[] corrected = Holm.adjust(ps);
        for (int i = 0; i < count; i++) {
            // Two figures are printed.
            assertThat(Double.parseDouble(rows.get(i)[0])).isCloseTo(ps[i], within(0.051 * ps[i]));
            assertThat(Double.parseDouble(rows.get(i)[1])).isCloseTo(corrected[i], within(0.051 * corrected[i]));
        }
    }

    private static double p(String[] row) {
        if (row[7].isEmpty()) return Double.parseDouble(row[0]);
        return McNemar.twoSidedExact(Integer.parseInt(row[7]), Integer.parseInt(row[8]));
    }
}
