package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.proto.policy.v1.SigmaForm;
import dev.thirteen.proto.policy.v1.ValueType;
import dev.thirteen.proto.training.v1.Aggregation;
import dev.thirteen.proto.training.v1.Algorithm;
import dev.thirteen.proto.training.v1.Decay;
import dev.thirteen.proto.training.v1.KlEstimator;
import dev.thirteen.proto.training.v1.OffPolicy;
import dev.thirteen.proto.training.v1.Optimizer;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.TruncatedSamples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFileTest {
    private static final String GOOD = RunFiles.GOOD;

    @TempDir
    private Path folder;

    private RunFile read(String text) {
        return new RunFiles(folder).read(text);
    }

    private Path write(String name, String text) {
        return new RunFiles(folder).write(name, text);
    }

    private String refusal(String text) {
        return new RunFiles(folder).refusal(text);
    }

    @Test
    void whatIsNotSaidHasItsDefault() throws IOException {
        RunSpec spec = read(GOOD).spec();

        assertThat(spec.getBaseModel().getFolder()).isEqualTo("some-model");
        assertThat(spec.getOptimizer().getLearningRate()).isEqualTo(0.01);
        assertThat(spec.getOptimizer().getBeta2()).isEqualTo(0.999);
        assertThat(spec.getAdapter().getU()).isEqualTo(13);
        assertThat(spec.getAdapter().getSigmaForm()).isEqualTo(SigmaForm.SIGMA_FORM_PAPER);
        assertThat(spec.getAdapter().getValueType()).isEqualTo(ValueType.VALUE_TYPE_BF16);
        assertThat(spec.getAlgorithm().getAggregation()).isEqualTo(Aggregation.AGGREGATION_TOKEN_MEAN);
        assertThat(spec.getSampling().getTemperature()).isEqualTo(1);
        assertThat(spec.hasEvaluation()).isFalse();
    }

    @Test
    void anAdapterOfAnotherFamilyHasKeysOfItsOwn() throws IOException {
        RunSpec spec = read(GOOD + "adapter: {type: lora, rank: 4, target-modules: [q_proj], values: fp32}\n")
                .spec();
        assertThat(spec.hasAdapter()).isFalse();
        assertThat(spec.getFamilyAdapter().getLora().getRank()).isEqualTo(4);
        assertThat(spec.getFamilyAdapter().getLora().getAlpha()).isEqualTo(4);
        assertThat(spec.getFamilyAdapter().getTargetModulesList()).containsExactly("q_proj");
        assertThat(refusal(GOOD + "adapter: {type: vera, u: 3}\n")).contains("adapter.u: unknown key");
    }

    @Test
    void modulesAreAListOfNamesOrAnExpression() throws IOException {
        var names = read(GOOD + "adapter: {target-modules: [q_proj, v_proj], budget: 13}\n")
                .spec()
                .getAdapter();
        assertThat(names.getTargetModulesList()).containsExactly("q_proj", "v_proj");
        assertThat(names.getTargetPattern()).isEmpty();
        assertThat(RunTexts.adapter(names)).contains(", on q_proj v_proj, values");
        var pattern = read(GOOD + "adapter: {target-modules: '.*\\.[0-3]\\..*_proj'}\n")
                .spec()
                .getAdapter();
        assertThat(pattern.getTargetModulesList()).isEmpty();
        assertThat(pattern.getTargetPattern()).isEqualTo(".*\\.[0-3]\\..*_proj");
        assertThat(read(GOOD + "adapter: {target-modules: all}\n").spec())
                .isEqualTo(
                        read(GOOD + "adapter: {target-modules: all-linear}\n").spec())
                .isEqualTo(read(GOOD + "adapter: {}\n").spec());
        assertThat(read(GOOD + "adapter: {type: vera, target-modules: '.*\\.q_proj'}\n")
                        .spec()
                        .getFamilyAdapter()
                        .getTargetPattern())
                .isEqualTo(".*\\.q_proj");
        assertThat(refusal(GOOD + "adapter: {target-modules: []}\n"))
                .contains("adapter.target-modules: names no module");
    }

    @Test
    void aSupervisedRunNamesNoReward() throws IOException {
        String without = GOOD.replaceAll("reward: .*\n", "") + "algorithm: {name: sft}\n";
        assertThat(read(without).spec().getSamplesPerGroup()).isEqualTo(1);
        assertThat(read(without).spec().hasReward()).isFalse();
    }

    @Test
    void aChoiceMayStandInQuotes() throws IOException {
        String quoted = GOOD.replace("scorer: exact", "scorer: 'exact'");
        assertThat(read(quoted + "algorithm: {name: \"dapo\"}\n").spec())
                .isEqualTo(read(GOOD + "algorithm: {name: dapo}\n").spec());
        assertThat(refusal(GOOD + "algorithm: {name: \"dapos\"}\n"))
                .contains("algorithm.name: is 'dapos' (must be one of ");
        assertThat(refusal(GOOD + "deterministic: \"true\"\n"))
                .contains("deterministic: is 'true' (must be true or false)");
    }

    @Test
    void aModelFolderBesideTheFileBecomesAbsolute() throws IOException {
        Path model = Files.createDirectories(folder.resolve("some-model"));

        assertThat(read(GOOD).spec().getBaseModel().getFolder()).isEqualTo(model.toString());
    }

    @Test
    void durationsAndTheSeedReachTheirFields() throws IOException {
        RunSpec spec = read(GOOD + "group-deadline: 90s\nseed: 1_000\nsampling: {top-p: 0.9}\n")
                .spec();

        assertThat(spec.getGroupDeadlineMs()).isEqualTo(90_000);
        assertThat(spec.getSampling().getSeed()).isEqualTo(1000);
        assertThat(spec.getSampling().getTopP()).isEqualTo(0.9f);
    }

    @Test
    void everythingWrongIsSaidAtOnceInTheOrderOfTheFile() throws IOException {
        assertThat(refusal("""
                        name: 2024
                        base-model: [a, b]
                        data-set: {generator: algebra, splits: rl}
                        prompt: yes
                        reward: {scorer: Exact, extraction: hash}
                        steps: three
                        steps: 4
                        deterministic: on
                        group-deadline: 90
                        sampling: {max-tokens: -1, temperature: hot}
                        seed: 99999999999999999999
                        stepz: 3
                        """)).isEqualTo("""
                        run.yaml:1: optimizer: is missing
                        run.yaml:1: name: is '2024' (must be text; write it in quotes)
                        run.yaml:2: base-model: is a list (must be text)
                        run.yaml:3: data-set.split: is missing
                        run.yaml:3: data-set.generator: is 'algebra' (must be arithmetic)
                        run.yaml:3: data-set.splits: unknown key (known here: fields, file, generator, split, seed)
                        run.yaml:4: prompt: is 'yes' (must be a map of keys)
                        run.yaml:5: reward.scorer: is 'Exact' (must be one of exact, math, numeric)
                        run.yaml:6: steps: is 'three' (must be a whole number)
                        run.yaml:7: steps: stands twice (first in line 6)
                        run.yaml:8: deterministic: is 'on' (must be true or false)
                        run.yaml:9: group-deadline: is '90' (must be a duration such as 500ms, 90s, 2m or 1h)
                        run.yaml:10: sampling.temperature: is 'hot' (must be a number)
                        run.yaml:10: sampling.max-tokens: is '-1' (must be a whole number from 0 to 2147483647)
                        run.yaml:11: seed: is '99999999999999999999' (must be a whole number from -9223372036854775808 to 9223372036854775807)
                        run.yaml:12: stepz: unknown key (known here: name, base-model, data-set, prompt, reward, adapter, algorithm, sampling, seed, optimizer, replay-of, checkpoint-volume, steps, groups-per-step, samples-per-group, max-staleness, in-flight, micro-batch-tokens, group-deadline, deterministic, evaluation)""".stripIndent());
    }

    @Test
    void anAlgorithmBringsTheNumbersOfItsPaper() throws IOException {
        Algorithm dapo = read(GOOD + "algorithm: {name: dapo}\nsampling: {max-tokens: 100}\n")
                .spec()
                .getAlgorithm();
        assertThat(dapo.getClipHigh()).isEqualTo(0.28);
        assertThat(dapo.getDynamicSampling()).isTrue();
        assertThat(dapo.getMaxRefills()).isEqualTo(10);
        assertThat(dapo.getTruncated()).isEqualTo(TruncatedSamples.TRUNCATED_SAMPLES_SHAPE);
        assertThat(dapo.getOverlongBuffer()).isEqualTo(20);

        Algorithm rloo = read(GOOD + "algorithm: {name: rloo, kl-in-reward: 0.1}\n")
                .spec()
                .getAlgorithm();
        assertThat(rloo.getClipLow()).isZero();
        assertThat(rloo.getAggregation()).isEqualTo(Aggregation.AGGREGATION_SEQUENCE_SUM);
        assertThat(rloo.getKlInReward()).isEqualTo(0.1);
        assertThat(rloo.getOffPolicy()).isEqualTo(OffPolicy.OFF_POLICY_CAPPED);
        assertThat(rloo.getDynamicSampling()).isFalse();
    }

    @Test
    void reinforcePlusPlusBringsItsKlAndAFileMayTakeItAway() throws IOException {
        Algorithm plain = algorithm("reinforce++");
        assertThat(plain.getKlInReward()).isEqualTo(0.01);
        assertThat(plain.getKlInLoss()).isZero();
        assertThat(algorithm("reinforce++, kl-in-reward: 0").getKlInReward()).isZero();

        Algorithm baseline = algorithm("reinforce++-baseline");
        assertThat(baseline.getKlInReward()).isZero();
        assertThat(baseline.getKlInLoss()).isEqualTo(1e-5);
        assertThat(baseline.getKlEstimator()).isEqualTo(KlEstimator.KL_ESTIMATOR_K2);
        Algorithm without = algorithm("reinforce++-baseline, kl-in-loss: 0");
        assertThat(without.getKlInLoss()).isZero();
        assertThat(without.getKlEstimator()).isEqualTo(KlEstimator.KL_ESTIMATOR_K3);
    }

    private Algorithm algorithm(String name) throws IOException {
        return read(GOOD + "algorithm: {name: " + name + "}\n").spec().getAlgorithm();
    }

    @Test
    void controlsAreNotFilteredUnlessTheFileSaysSo() throws IOException {
        String math = "{type: math, extraction: hash, weight: 0}";
        String random = "{type: random, probability: 0.5}";
        String form = "{type: format-only, extraction: hash}";
        String wrong = "{type: wrong-label, extraction: hash, gate: true}";
        for (String terms : new String[] {random, form, math + ", " + random, form + ", " + wrong}) {
            Algorithm dapo = dapo(terms, "");
            assertThat(dapo.getDynamicSampling()).as(terms).isFalse();
            assertThat(dapo.getMaxRefills()).as(terms).isZero();
            assertThat(dapo.getClipHigh()).as(terms).isEqualTo(0.28);
        }
        assertThat(dapo(random, ", dynamic-sampling: true").getMaxRefills()).isEqualTo(10);
        assertThat(dapo(math, "").getDynamicSampling()).isTrue();
        assertThat(dapo(math.replace("weight: 0", "gate: true") + ", " + random, "")
                        .getDynamicSampling())
                .isTrue();
        assertThat(dapo("{type: choice}, " + random, "").getDynamicSampling()).isTrue();
    }

    private Algorithm dapo(String terms, String more) throws IOException {
        String reward = "reward: {terms: [" + terms + "]}\nalgorithm: {name: dapo" + more + "}\n";
        return read(GOOD.replaceAll("reward: .*\n", reward)).spec().getAlgorithm();
    }

    @Test
    void aReplayReplacesNoGroups() throws IOException {
        assertThat(read(GOOD + "replay-of: other\nalgorithm: {name: dapo}\n")
                        .spec()
                        .getAlgorithm()
                        .getDynamicSampling())
                .isFalse();
    }

    @Test
    void aBudgetStandsInsteadOfRankAndTying() throws IOException {
        assertThat(read(GOOD + "adapter: {budget: 49}\n").spec().getBudget().getNumbers())
                .isEqualTo(49);
        assertThat(read(GOOD + "adapter: {budget-bytes: 26}\n")
                        .spec()
                        .getBudget()
                        .getBytes())
                .isEqualTo(26);
    }

    @Test
    void theOptimizerCanWarmUpAndDecay() throws IOException {
        Optimizer optimizer = read(GOOD.replace(
                        "1e-2}", "1e-2, warmup-steps: 2, decay: cosine, last-learning-rate: 1e-3}"))
                .spec()
                .getOptimizer();
        assertThat(optimizer.getWarmupSteps()).isEqualTo(2);
        assertThat(optimizer.getDecay()).isEqualTo(Decay.DECAY_COSINE);
        assertThat(optimizer.getLastLearningRate()).isEqualTo(1e-3);
    }

    @Test
    void keysThatOthersNeedAreMissed() throws IOException {
        assertThat(refusal(GOOD + "adapter: {tying: tiled}\n")).isEqualTo("run.yaml:8: adapter.n-tie: is missing");
        assertThat(refusal(GOOD.replace("split: rl", "split: rl, file: x.jsonl")))
                .startsWith("run.yaml:3: data-set: needs either file or generator");
    }

    @Test
    void whatChangesTheDistributionOfSamplesIsRefusedWithTheReason() throws IOException {
        String why = ": must be off in training: a filtered sample has no log-probability under the policy";
        assertThat(refusal(GOOD
                        + "sampling: {min-p: 0.1, repetition-penalty: 1.1, logit-bias: {3: 1}, stop: [x], best: 1}\n"))
                .isEqualTo(
                        "run.yaml:8: sampling.min-p" + why + "\nrun.yaml:8: sampling.repetition-penalty" + why
                                + "\nrun.yaml:8: sampling.logit-bias" + why
                                + "\nrun.yaml:8: sampling.stop: must be off in training: samples end by a stop token"
                                + "\nrun.yaml:8: sampling.best: unknown key (known here: temperature, max-tokens, top-p, top-k)");
        assertThat(refusal(GOOD + "sampling: {presence-penalty: 1, frequency-penalty: 1}\n"))
                .isEqualTo("run.yaml:8: sampling.presence-penalty" + why + "\nrun.yaml:8: sampling.frequency-penalty"
                        + why);
    }

    @Test
    void whatIsNoYamlIsRefusedWithItsLine() throws IOException {
        assertThat(refusal("name: tiny\nsteps: [1, 2\n")).startsWith("run.yaml:3: is no YAML (");
        assertThat(refusal("")).isEqualTo("run.yaml:1: is no map of keys (see examples/)");
        assertThat(refusal("- name\n")).isEqualTo("run.yaml:1: is no map of keys (see examples/)");
        assertThatThrownBy(() -> RunFile.read(folder.resolve("absent.yaml")))
                .hasMessageEndingWith("absent.yaml: cannot be read (there is no such file)");
    }

    @Test
    void whatIsNoTextIsRefusedWithoutNamesOfClasses() throws IOException {
        Path latin = Files.write(folder.resolve("latin.yaml"), new byte[] {'a', ':', ' ', (byte) 0xE4, '\n'});
        assertThatThrownBy(() -> RunFile.read(latin))
                .hasMessageEndingWith("latin.yaml: cannot be read (it is no UTF-8 text)");
        assertThatThrownBy(() -> RunFile.read(folder)).hasMessageEndingWith(": cannot be read (Is a directory)");
        // The parser takes a minute for such a line.
        Path large = write("long.yaml", "#" + "x".repeat(1 << 20));
        assertThatThrownBy(() -> RunFile.read(large))
                .hasMessageEndingWith("long.yaml: has more than 1048576 bytes: is it a data file?");
    }

    @Test
    void aTextThatNoPathCanHaveIsAProblemOfItsKey() throws IOException {
        assertThat(refusal(GOOD.replace("some-model", "\"a\\0b\"")))
                .isEqualTo("run.yaml:2: base-model: can be no path (Nul character not allowed)");
        assertThat(refusal(GOOD.replace("{generator: arithmetic, split: rl}", "{file: \"a\\0b\"}")))
                .isEqualTo("run.yaml:3: data-set.file: can be no path (Nul character not allowed)");
    }

    @Test
    void zeroIsNoWordForTheDefault() throws IOException {
        assertThat(refusal(GOOD + "algorithm: {updates-per-step: 0}\n"))
                .isEqualTo(
                        "run.yaml:8: algorithm.updates-per-step: is '0' (must be a whole number from 1 to 2147483647)");
    }

    @Test
    void aProblemFileIsNormalisedUnderItsFieldMap() throws IOException {
        write(
                "problems.jsonl",
                "{\"n\": 7, \"q\": \"1+1?\", \"a\": 2, \"more\": []}\n\n{\"n\": 8, \"q\": \"2?\", \"a\": \"2\"}\n");
        RunFile file = read(GOOD.replace(
                "{generator: arithmetic, split: rl}",
                "{file: problems.jsonl, fields: {id: n, question: q, answer: a}}"));

        assertThat(file.blobs()).hasSize(1);
        DataSetBlob blob = file.blobs().getFirst();
        assertThat(new String(blob.content(), StandardCharsets.UTF_8))
                .isEqualTo("{\"id\":\"7\",\"question\":\"1+1?\",\"answer\":\"2\"}\n"
                        + "{\"id\":\"8\",\"question\":\"2?\",\"answer\":\"2\"}\n");
        assertThat(blob.problems()).isEqualTo(2);
        assertThat(file.spec().getDataSet().getBlobDigest())
                .isEqualTo(blob.digest())
                .matches("sha256:[0-9a-f]{64}");
    }

    @Test
    void numbersKeepTheDigitsThatTheFileHas() throws IOException {
        write("problems.jsonl", """
                {"question": "a", "answer": 0.00001}
                {"question": "b", "answer": 18.50}
                {"question": "c", "answer": 1e3}
                {"question": "d", "answer": 0.1000000000000000000001}
                {"question": "e", "answer": 100000000000000000000.5}
                """);
        RunFile file = read(GOOD.replace("{generator: arithmetic, split: rl}", "{file: problems.jsonl}"));
        assertThat(new String(file.blobs().getFirst().content(), StandardCharsets.UTF_8))
                .contains("\"0.00001\"", "\"18.50\"", "\"1000\"", "\"0.1000000000000000000001\"")
                .contains("\"100000000000000000000.5\"");

        write("problems.jsonl", "{\"question\": \"a\", \"answer\": 1e999999999}\n");
        assertThat(refusal(GOOD.replace("{generator: arithmetic, split: rl}", "{file: problems.jsonl}")))
                .isEqualTo(
                        "problems.jsonl:1: the field 'answer' is the number 1E+999999999, which must be written as text");
    }

    @Test
    void eachBadLineOfAProblemFileIsNamed() throws IOException {
        write("problems.jsonl", """
                {"id": "a", "question": "1+1?", "answer": "2"}
                {"id": "a", "question": "1+2?", "answer": "3"}
                {"id": "b", "question": "", "answer": "3"}
                {"id": "c", "question": "1+2?"}
                [1]
                {"id": "d",
                """);

        String[] lines = refusal(GOOD.replace("{generator: arithmetic, split: rl}", "{file: problems.jsonl}"))
                .split("\n");
        assertThat(lines)
                .startsWith(
                        "problems.jsonl:2: the id 'a' stands in problems.jsonl:1 already",
                        "problems.jsonl:3: the field 'question' must be text that is not empty, or a number",
                        "problems.jsonl:4: lacks the field 'answer' (it has: id, question)",
                        "problems.jsonl:5: is no JSON object");
        assertThat(lines[4]).startsWith("problems.jsonl:6: is no JSON object (");
    }

    @Test
    void anAbsentProblemFileIsAProblemOfItsKey() throws IOException {
        assertThat(refusal(GOOD.replace("{generator: arithmetic, split: rl}", "{file: gone.jsonl}")))
                .isEqualTo("run.yaml:3: data-set.file: there is no file 'gone.jsonl' beside this file or in the"
                        + " working directory");
    }

    @Test
    void whatTheServerSaysGetsTheLineOfTheNearestKey() throws IOException {
        RunFile file = read(GOOD);

        assertThat(file.explain("data-set.generator.split", "must not be test"))
                .endsWith("run.yaml:3: data-set.split: must not be test");
        assertThat(file.explain("adapter.sigma-form", "x")).endsWith("run.yaml:1: adapter.sigma: x");
        assertThat(file.explain("optimizer.learning-rate", "is too large"))
                .endsWith("run.yaml:6: optimizer.learning-rate: is too large");
    }
}
