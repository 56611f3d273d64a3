package dev.thirteen.trainer;

import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.policy.v1.SigmaForm;
import dev.thirteen.proto.policy.v1.TinyLoraSpec;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.policy.v1.ValueType;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.Sample;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import dev.thirteen.proto.training.v1.Aggregation;
import dev.thirteen.proto.training.v1.Algorithm;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Optimizer;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.Reward;
import dev.thirteen.proto.training.v1.RunSpec;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Specs, problems and answers that tests share. */
final class Fixtures {
    static final int PROBLEMS = 10;

    /** A problem file. */
    static final byte[] PROBLEM_FILE = IntStream.range(0, PROBLEMS)
            .mapToObj(i -> "{\"id\": \"p%d\", \"question\": \"%d+1\", \"answer\": \"%d\"}\n".formatted(i, i, i + 1))
            .collect(Collectors.joining())
            .getBytes(StandardCharsets.UTF_8);

    private Fixtures() {}

    /** An index of runs whose old steps nobody asks for. */
    static RunIndex index() {
        return new RunIndex(offsets -> {
            throw new AssertionError("steps " + offsets + " are not kept");
        });
    }

    /** Two steps of two groups of two samples. */
    static RunSpec.Builder spec(String name, String dataDigest) {
        return RunSpec.newBuilder()
                .setName(name)
                .setBaseModel(BaseModel.newBuilder().setFolder(FakeModels.FOLDER))
                .setDataSet(DataSet.newBuilder().setBlobDigest(dataDigest))
                .setPrompt(PromptTemplate.newBuilder().setUser("{question}="))
                .setReward(Reward.newBuilder().setScorer("numeric").setExtraction("hash"))
                .setAdapter(TinyLoraSpec.newBuilder()
                        .setRank(2)
                        .setU(FakeModels.NUMBERS)
                        .setTying(Tying.TYING_ALL)
                        .setSigmaForm(SigmaForm.SIGMA_FORM_PAPER)
                        .setProjectionSeed(42)
                        .setValueType(ValueType.VALUE_TYPE_BF16))
                .setAlgorithm(Algorithm.newBuilder()
                        .setName("grpo")
                        .setClipLow(0.2)
                        .setClipHigh(0.2)
                        .setAggregation(Aggregation.AGGREGATION_TOKEN_MEAN)
                        .setImportanceCap(2))
                .setSampling(
                        Sampling.newBuilder().setTemperature(1).setMaxTokens(8).setSeed(7))
                .setOptimizer(Optimizer.newBuilder()
                        .setLearningRate(0.01)
                        .setBeta1(0.9)
                        .setBeta2(0.999)
                        .setEpsilon(1e-8)
                        .setMaxGradNorm(1))
                .setSteps(2)
                .setGroupsPerStep(2)
                .setSamplesPerGroup(2);
    }

    /** What rollout and reward would make of a request: the first sample right, the others wrong. */
    static ScoredRollout scored(RolloutRequest request) {
        ScoredRollout.Builder scored = ScoredRollout.newBuilder();
        Rollout.Builder rollout = scored.getRolloutBuilder()
                .setRequest(request)
                .setProvenance(Provenance.newBuilder()
                        .setPolicyVersion(request.getPolicyVersion())
                        .setBaseDigest(request.getBaseModel().getDigest())
                        .setBasisDigest(request.getAdapter().getBasisDigest())
                        .setTokenizerDigest(FakeModels.BASE_DIGEST)
                        .setAdapterDigest(request.getAdapter().getDigest()));
        for (int sample = 0; sample < request.getSamples(); sample++) {
            boolean right = sample == 0;
            rollout.addSamples(Sample.newBuilder()
                    .addTokenIds(request.getId().getGroup() + 3)
                    .addTokenIds(sample + 5)
                    .addBehaviourLogProbs(-0.5f)
                    .addBehaviourLogProbs(-0.75f)
                    .setFinishReason(right ? FinishReason.FINISH_REASON_STOP : FinishReason.FINISH_REASON_LENGTH));
            scored.addVerdicts(Verdict.newBuilder()
                    .setKind(right ? VerdictKind.VERDICT_KIND_CORRECT : VerdictKind.VERDICT_KIND_UNPARSABLE)
                    .setReward(right ? 1 : 0));
        }
        return scored.build();
    }
}
