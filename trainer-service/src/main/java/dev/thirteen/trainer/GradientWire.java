package dev.thirteen.trainer;

import com.google.common.primitives.Doubles;
import com.google.common.primitives.Ints;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.grpo.StepTotals;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.proto.training.v1.GradientAnswer;
import dev.thirteen.proto.training.v1.GradientPrompt;
import dev.thirteen.proto.training.v1.GradientRequest;
import dev.thirteen.proto.training.v1.GradientSample;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.TokenLogProbs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Parts of gradients between core and proto; nothing is rounded on the way. */
final class GradientWire {
    private GradientWire() {}

    /** Numbers of a gradient in one record: 800 kB. */
    private static final int PIECE_NUMBERS = 100_000;

    /** A task of a run's next step; values that are too long for a message go by their digest. */
    static GradientRequest request(RunState record, RunSpec spec, GradientTask task) {
        GradientRequest.Builder request = GradientRequest.newBuilder()
                .setRun(spec.name())
                .setStep(record.getStep())
                .setBaseModel(record.getSpec().getBaseModel())
                .setAdapter(Records.adapter(spec, record.getAdapter().getBasisDigest(), task.values(), Digests::sha256))
                .setAlgorithm(record.getSpec().getAlgorithm())
                .setSampling(record.getSpec().getSampling())
                .setStepSamples(task.totals().samples())
                .setStepTokens(task.totals().tokens())
                .setMicroBatchTokens(task.microBatchTokens())
                .setDeterministic(spec.schedule().deterministic());
        // Samples of a group share their prompt's array.
        Map<int[], Integer> prompts = new IdentityHashMap<>();
        for (LossSample sample : task.samples()) {
            int[] tokens = sample.sequence().promptTokens();
            Integer known = prompts.putIfAbsent(tokens, prompts.size());
            if (known == null) request.addPrompts(GradientPrompt.newBuilder().addAllTokenIds(Ints.asList(tokens)));
            request.addSamples(sample(sample, known == null ? prompts.size() - 1 : known));
        }
        return request.build();
    }

    private static GradientSample sample(LossSample sample, int prompt) {
        GradientSample.Builder wire = GradientSample.newBuilder()
                .setPrompt(prompt)
                .addAllTokenIds(Ints.asList(sample.sequence().completionTokens()))
                .addAllReferenceLogProbs(Doubles.asList(sample.reference()))
                .addAllProximalLogProbs(Doubles.asList(sample.proximal()));
        // They came as floats.
        for (double logProb : sample.behaviour()) wire.addBehaviourLogProbs((float) logProb);
        double[] advantages = sample.advantages();
        boolean same = Arrays.stream(advantages).allMatch(advantage -> advantage == advantages[0]);
        return wire.addAllAdvantages(Doubles.asList(same ? new double[] {advantages[0]} : advantages))
                .build();
    }

    /** @param blobs gives the content of a digest */
    static GradientTask task(GradientRequest request, Function<String, byte[]> blobs) {
        List<int[]> prompts = request.getPromptsList().stream()
                .map(prompt -> Ints.toArray(prompt.getTokenIdsList()))
                .toList();
        List<LossSample> samples = new ArrayList<>();
        for (GradientSample sample : request.getSamplesList()) {
            samples.add(sample(sample, prompts.get(sample.getPrompt())));
        }
        int maxTokens = request.getSampling().getMaxTokens();
        return new GradientTask(
                AdapterWire.read(request.getAdapter(), blobs).values(),
                samples,
                AlgorithmWire.spec(request.getAlgorithm()).objective(maxTokens),
                new StepTotals(request.getStepSamples(), request.getStepTokens()),
                request.getSampling().getTemperature(),
                request.getMicroBatchTokens());
    }

    private static LossSample sample(GradientSample wire, int[] prompt) {
        double[] advantages = Doubles.toArray(wire.getAdvantagesList());
        if (advantages.length == 1) {
            double same = advantages[0];
            advantages = new double[wire.getTokenIdsCount()];
            Arrays.fill(advantages, same);
        }
        return new LossSample(
                new PolicyGradient.Sequence(prompt, Ints.toArray(wire.getTokenIdsList())),
                wire.getBehaviourLogProbsList().stream()
                        .mapToDouble(Float::doubleValue)
                        .toArray(),
                Doubles.toArray(wire.getReferenceLogProbsList()),
                Doubles.toArray(wire.getProximalLogProbsList()),
                advantages);
    }

    /** The result of a request, in pieces. */
    static List<GradientAnswer> answers(String requestDigest, GradientSums sums) {
        List<Double> gradient = Doubles.asList(sums.gradient());
        int pieces = Math.max(1, (gradient.size() + PIECE_NUMBERS - 1) / PIECE_NUMBERS);
        List<GradientAnswer> answers = new ArrayList<>();
        for (int piece = 0; piece < pieces; piece++) {
            int first = piece * PIECE_NUMBERS;
            GradientAnswer.Builder answer = piece == 0 ? measured(sums) : GradientAnswer.newBuilder();
            answers.add(answer.setRequestDigest(requestDigest)
                    .addAllGradient(gradient.subList(first, Math.min(gradient.size(), first + PIECE_NUMBERS)))
                    .setPiece(piece)
                    .setPieces(pieces)
                    .build());
        }
        return answers;
    }

    private static GradientAnswer.Builder measured(GradientSums sums) {
        GradientSums.Measures measures = sums.measures();
        GradientAnswer.Builder answer = GradientAnswer.newBuilder()
                .setLoss(measures.loss())
                .setProbabilityGap(measures.probabilityGap())
                .setClipped(measures.clipped())
                .setMasked(measures.masked())
                .setKl(measures.kl())
                .setEntropy(measures.entropy())
                .setProblem(sums.problem());
        for (double[] logProbs : sums.logProbs()) {
            answer.addCurrent(TokenLogProbs.newBuilder().addAllLogProbs(Doubles.asList(logProbs)));
        }
        return answer;
    }

    /** What the pieces of an answer say, in their order. */
    static GradientSums sums(List<GradientAnswer> pieces) {
        GradientAnswer answer = pieces.getFirst();
        return new GradientSums(
                pieces.stream()
                        .flatMapToDouble(
                                piece -> piece.getGradientList().stream().mapToDouble(Double::doubleValue))
                        .toArray(),
                new GradientSums.Measures(
                        answer.getLoss(),
                        answer.getProbabilityGap(),
                        answer.getClipped(),
                        answer.getMasked(),
                        answer.getKl(),
                        answer.getEntropy()),
                answer.getCurrentList().stream()
                        .map(one -> Doubles.toArray(one.getLogProbsList()))
                        .toList(),
                answer.getProblem());
    }
}
