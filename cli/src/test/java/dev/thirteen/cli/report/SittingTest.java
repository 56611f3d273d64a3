package dev.thirteen.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.policy.v1.Sampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts {@code flips} and {@code agree} of examples/gsm8k/sitting.py, on answers as a report has them. */
class SittingTest {
    private static final String CALL =
            "import %1$s, pathlib, sys, types; %1$s.%1$s(types.SimpleNamespace(folder=pathlib.Path(sys.argv[1])))";
    private static final Evaluation EVALUATION = Evaluation.newBuilder()
            .setId("e")
            .setSpec(EvaluationSpec.newBuilder()
                    .addDecodings(Sampling.newBuilder())
                    .addDecodings(Sampling.newBuilder().setTemperature(0.3f)))
            .build();

    @TempDir
    private Path folder;

    /** Right or wrong, cut or not, and what was extracted, of one problem after the other. */
    private record Answered(boolean correct, boolean cut, String extracted) {}

    private static final Answered RIGHT = new Answered(true, false, "4");
    private static final Answered WRONG = new Answered(false, false, "5");
    private static final Answered CUT = new Answered(false, true, "");
    private static final Answered SHAPELESS = new Answered(false, false, "");

    /** The answers of a report of that name, still to be written. */
    private AnswerFiles greedy() throws Exception {
        Path report = folder.resolve("greedy");
        ReportFolder.make(report);
        return new AnswerFiles(report.resolve(ReportFolder.LINES), report.resolve(ReportFolder.TABLE));
    }

    @Test
    void whatTheWrongAnswerOfAFlipLackedIsCounted() throws Exception {
        try (AnswerFiles files = greedy()) {
            add(files, "base", 0, List.of(WRONG, WRONG, CUT, SHAPELESS, RIGHT, RIGHT, RIGHT, WRONG));
            add(files, "run@5", 0, List.of(RIGHT, RIGHT, RIGHT, RIGHT, WRONG, CUT, RIGHT, WRONG));
            add(files, "base", 1, List.of(RIGHT, WRONG));
            add(files, "run@5", 1, List.of(SHAPELESS, WRONG));
            // The base under another prompt.
            add(files, "base, prompt A", 0, List.of(RIGHT));
        }
        assertThat(sitting("flips")).isEqualTo("""
                report\ttemperature\tpolicy\tflips\tall\treasoning\ttruncation\tformat
                greedy\t0\trun@5\twrong to right\t4\t2\t1\t1
                greedy\t0\trun@5\tright to wrong\t2\t1\t1\t0
                greedy\t0.3\trun@5\twrong to right\t0\t0\t0\t0
                greedy\t0.3\trun@5\tright to wrong\t1\t0\t0\t1
                """);
    }

    @Test
    void whatRunsOfAnArmHaveInCommonIsTold() throws Exception {
        try (AnswerFiles files = greedy()) {
            add(files, "base", 0, List.of(WRONG, WRONG, RIGHT, RIGHT));
            add(files, "grpo-1-true-1@5", 0, List.of(RIGHT, RIGHT, RIGHT, RIGHT));
            add(files, "grpo-1-true-2@5", 0, List.of(RIGHT, WRONG, RIGHT, RIGHT));
        }
        // 3, 4 and 4, -3: bf16, little-endian.
        Files.write(folder.resolve("one.bf16"), new byte[] {0x40, 0x40, (byte) 0x80, 0x40});
        Files.write(folder.resolve("greedy/other.bf16"), new byte[] {(byte) 0x80, 0x40, 0x40, (byte) 0xC0});
        Files.write(folder.resolve("short.bf16"), new byte[] {(byte) 0x80, 0x3F});

        // By problem 1, 0.5, 0, 0: mean 0.375, deviation 0.4787 over the root of 4.
        assertThat(sitting("agree")).isEqualTo("""
                report\ttemperature\tarm\tdifference\terror\tp
                greedy\t0\tgrpo-1-true\t+0.375\t0.239\t0.1
                values\tnorm
                greedy/other\t5.00
                one\t5.00
                short\t1.00
                values\tother\tcosine
                greedy/other\tone\t0.00
                """);
    }

    private static void add(AnswerFiles files, String policy, int decoding, List<Answered> answers) throws IOException {
        for (int i = 0; i < answers.size(); i++) {
            Answered answer = answers.get(i);
            files.add(
                    EVALUATION,
                    EvaluationAnswer.newBuilder()
                            .setLabel(policy)
                            .setDecoding(decoding)
                            .setProblemId("p" + i)
                            .setCorrect(answer.correct())
                            .setExtracted(answer.extracted())
                            .setFinishReason(
                                    answer.cut() ? FinishReason.FINISH_REASON_LENGTH : FinishReason.FINISH_REASON_STOP)
                            .setProvenance(Provenance.newBuilder()
                                    .setAdapterDigest(policy.startsWith("base") ? "" : "sha256:1"))
                            .build());
        }
    }

    private String sitting(String part) throws IOException, InterruptedException {
        PythonExample.Ran ran = PythonExample.run("-c", CALL.formatted(part), folder.toString());
        assertThat(ran.status()).as(ran.output()).isZero();
        return ran.output();
    }
}
