package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.rollout.v1.RewardTerm;
import dev.thirteen.proto.training.v1.Reward;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rewards in run files, and the wrong labels of their data sets. */
class RewardFileTest {
    private static final String RUN = """
            name: tiny
            base-model: some-model
            data-set: {generator: arithmetic, split: rl}
            prompt: {user: "{question}"}
            optimizer: {learning-rate: 1e-2}
            steps: 3
            reward:
            """;

    @TempDir
    private Path folder;

    @Test
    void everyTypeOfTermHasItsKeys() throws IOException {
        Reward reward = read("""
                  terms:
                    - {type: math, extraction: boxed}
                    - {type: closeness, extraction: auto, tolerance: 0.1, weight: 0.5}
                    - {type: format, template: "<think>{text}</think>{text}", gate: true}
                    - {type: format, name: short-words, pattern: '[a-z]+', weight: -1}
                    - {type: length, full-until: 100, zero-from: 200}
                    - {type: code, program: question, limit: 3s, memory-mib: 256}
                    - {type: service, address: "judge:50051", tls: true, deadline: 2s, retries: 1}
                    - {type: random, probability: 0.5}
                    - {type: format-only, extraction: hash}
                    - {type: wrong-label, extraction: boxed}
                    - {type: choice, weight: 0}
                """).spec().getReward();

        assertThat(reward.getScorer()).isEmpty();
        assertThat(reward.getTermsList())
                .extracting(RewardTerm::getName)
                .containsExactly(
                        "math",
                        "closeness",
                        "format",
                        "short-words",
                        "length",
                        "code",
                        "service",
                        "random",
                        "format-only",
                        "wrong-label",
                        "choice");
        assertThat(reward.getTerms(0).getWeight()).isEqualTo(1);
        assertThat(reward.getTerms(0).getAnswer().getScorer()).isEqualTo("math");
        assertThat(reward.getTerms(2).getGate()).isTrue();
        assertThat(reward.getTerms(2).getWeight()).isZero();
        assertThat(reward.getTerms(5).getCode().getLimitMs()).isEqualTo(3_000);
        assertThat(reward.getTerms(6).getService().getDeadlineMs()).isEqualTo(2_000);
        assertThat(reward.getTerms(9).getWrongLabel().getScorer()).isEqualTo("math");
    }

    @Test
    void everythingWrongWithTermsIsSaidAtItsLine() {
        assertThat(refusal("""
                  scorer: exact
                  terms:
                    - {type: maths}
                    - {type: math}
                    - {type: format, gate: true, weight: 2}
                    - {type: choice, extraction: boxed}
                """)).isEqualTo("""
                run.yaml:8: reward.scorer: has no meaning beside terms: drop it
                run.yaml:10: reward.terms.0.type: is 'maths' (must be one of choice, closeness, code, exact, format, \
                format-only, length, math, numeric, random, service, wrong-label)
                run.yaml:11: reward.terms.1.extraction: is missing
                run.yaml:12: reward.terms.2.weight: has no meaning for a gate, which multiplies
                run.yaml:12: reward.terms.2.type: format needs either pattern or template
                run.yaml:13: reward.terms.3.extraction: unknown key (known here: type, gate, weight, name)""");
        assertThat(refusal("  terms: []\n")).isEqualTo("run.yaml:8: reward.terms: is empty (must have one or more)");
    }

    @Test
    void whatTheServerSaysOfATermGetsItsLine() throws IOException {
        RunFile file = read("""
                  terms:
                    - {type: service, address: "judge:50051", deadline: 2s}
                """);

        assertThat(file.explain("reward.terms.0.deadline-ms", "is too long"))
                .endsWith("run.yaml:9: reward.terms.0.deadline: is too long");
    }

    @Test
    void theMostFrequentWrongAnswerOfTheBaseBecomesTheLabel() throws IOException {
        Path answers = Files.writeString(folder.resolve("answers.jsonl"), """
                {"policy": "base", "problem_id": "a", "question": "1+1?", "gold": "2", "extracted": "3", "verdict": "incorrect"}
                {"policy": "base", "problem_id": "a", "question": "1+1?", "gold": "2", "extracted": "11", "verdict": "incorrect"}
                {"policy": "base", "problem_id": "a", "question": "1+1?", "gold": "2", "extracted": "11", "verdict": "incorrect"}
                {"policy": "x@1", "problem_id": "a", "question": "1+1?", "gold": "2", "extracted": "3", "verdict": "incorrect"}
                {"policy": "x@1", "problem_id": "a", "question": "1+1?", "gold": "2", "extracted": "3", "verdict": "incorrect"}
                {"policy": "base", "problem_id": "b", "question": "2+2?", "gold": "4", "extracted": "4", "verdict": "correct"}
                {"policy": "base", "problem_id": "b", "question": "2+2?", "gold": "4", "extracted": "", "verdict": "unparsable"}
                """);
        Path wrong = folder.resolve("wrong.jsonl");

        Invocation result = Invocation.of(
                folder.resolve("none.json"), "data", "wrong-labels", answers.toString(), "--to", wrong.toString());

        assertThat(result.out()).isEqualTo("data: 1 of 2 problems have a wrong answer\n");
        assertThat(wrong).hasContent("{\"id\":\"a\",\"question\":\"1+1?\",\"answer\":\"2\",\"wrong_answer\":\"11\"}\n");
        assertThat(new String(ProblemFile.read(wrong, ProblemFields.DEFAULT).content()))
                .isEqualTo(Files.readString(wrong));
    }

    private RunFile read(String reward) {
        return new RunFiles(folder).read(RUN + reward);
    }

    private String refusal(String reward) {
        return new RunFiles(folder).refusal(RUN + reward);
    }
}
