package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Aliases of run files and sweep files. */
@Timeout(20)
class YamlFileTest {
    private static final String SWEEP = "name: s\nrun: run.yaml\n";

    @TempDir
    private Path folder;

    private RunFiles files() {
        return new RunFiles(folder);
    }

    /** What is said of a bad sweep file, without the folder's name. */
    private String refusal(String sweep) {
        Path file = new SweepFiles(folder).write(sweep);
        return files().refusal(() -> SweepCell.of(SweepFile.read(file)));
    }

    @Test
    void anAliasThatStandsInWhatItNamesIsRefusedWithItsLine() {
        String set = SWEEP + "grids:\n- name: g\n  set: &a {prompt: *a}\n  over: {seed: [1]}\n";
        assertThat(refusal(set)).isEqualTo("sweep.yaml:5: what &a names holds itself: take *a out of it");
        String point = SWEEP + "grids:\n- name: g\n  over:\n    seed:\n    - &b {adapter: {u: [*b]}}\n";
        assertThat(refusal(point)).isEqualTo("sweep.yaml:7: what &b names holds itself: take *b out of it");
        Path run = files().write("own.yaml", "name: &n\n- [*n]\n");
        assertThat(files().refusal(() -> RunFile.read(run)))
                .isEqualTo("own.yaml:1: what &n names holds itself: take *n out of it");
    }

    @Test
    void aliasesOfAliasesAreRefusedBeforeTheyAreWrittenOut() {
        StringBuilder lists = new StringBuilder("a0: &a0 [0, 1, 2]\n");
        for (int i = 1; i <= 16; i++) {
            lists.append("a%d: &a%d [*a%d, *a%d, *a%d]\n".formatted(i, i, i - 1, i - 1, i - 1));
        }
        String many = ": has more than 100000 values with its aliases written out";
        assertThat(refusal(SWEEP + lists + "grids: [{name: g, set: {prompt: *a16}}]\n"))
                .isEqualTo("sweep.yaml:13" + many);
        Path run = files().write("own.yaml", lists + "name: *a16\n");
        assertThat(files().refusal(() -> RunFile.read(run))).isEqualTo("own.yaml:11" + many);
    }

    @Test
    void aliasesThatNestAreRefusedBeforeTheyAreTooDeepToWalk() {
        StringBuilder deep = new StringBuilder("a0: &a0 [0]\n");
        for (int i = 1; i <= 5000; i++) deep.append("a%d: &a%d [*a%d]\n".formatted(i, i, i - 1));
        assertThat(refusal(SWEEP + deep + "grids: [{name: g, set: {prompt: *a5000}}]\n"))
                .isEqualTo("sweep.yaml:52: is nested more than 50 deep with its aliases written out");
    }

    @Test
    void oneListMayBeNamedOftenerThanTheParserAllowsUnasked() {
        StringBuilder grids = new StringBuilder(SWEEP + "grids:\n- {name: g, over: {seed: &seeds [1, 2]}}\n");
        for (int i = 0; i < 60; i++)
            grids.append("- {name: g%d, set: {steps: %d}, over: {seed: *seeds}}\n".formatted(i, i + 9));
        Path file = new SweepFiles(folder).write(grids.toString());

        assertThat(SweepCell.of(SweepFile.read(file))).hasSize(122);
    }
}
