package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.grpo.Aggregation;
import dev.thirteen.core.grpo.GroupAdvantages;
import dev.thirteen.core.grpo.KlEstimator;
import dev.thirteen.core.grpo.KlPenalty;
import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.grpo.OffPolicyWeight;
import dev.thirteen.core.grpo.Ratio;
import dev.thirteen.core.grpo.SequenceLogProbs;
import dev.thirteen.core.grpo.SequenceLoss;
import dev.thirteen.core.grpo.StepTotals;
import dev.thirteen.core.grpo.Surrogate;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;
import java.util.stream.DoubleStream;

/** A gradient file as core and engine take it. */
final class StepGolden {
    private final JsonNode json;
    private final List<JsonNode> samples = new ArrayList<>();
    private final StepTotals totals;

    StepGolden(JsonNode json) {
        this.json = json;
        json.path("samples").forEach(samples::add);
        long tokens = samples.stream()
                .mapToLong(sample -> sample.path("completion").size())
                .sum();
        this.totals = new StepTotals(samples.size(), tokens);
    }

    JsonNode expected() {
        return json.path("expected");
    }

    /** Coefficient of the KL penalty; 0 without. */
    double kl() {
        return json.path("objective").path("kl").path("coefficient").asDouble(0);
    }

    List<PolicyGradient.Sequence> sequences() {
        return samples.stream()
                .map(sample -> new PolicyGradient.Sequence(
                        Numbers.ints(sample.path("prompt")), Numbers.ints(sample.path("completion"))))
                .toList();
    }

    List<double[]> expectedLogProbs() {
        List<double[]> all = new ArrayList<>();
        expected().path("logprobs").forEach(row -> all.add(Numbers.flat(row)));
        return all;
    }

    /** The values of the file on the basis of its adapter. */
    Policy policy(Policy adapter) {
        Basis basis = Objects.requireNonNull(adapter.basis());
        return new Policy(basis, floats(inOrder(basis, json.path("values"))));
    }

    /** Numbers by tensor name, in the order of the values. */
    static double[] inOrder(Basis basis, JsonNode byName) {
        DoubleStream all = DoubleStream.empty();
        for (Map.Entry<String, Integer> tensor : basis.trainedTensors().entrySet()) {
            double[] numbers = Numbers.flat(byName.path(tensor.getKey()));
            if (numbers.length != tensor.getValue()) {
                throw new Failure(
                        Failure.Kind.CALLER,
                        "%s has %d numbers, %d are expected"
                                .formatted(tensor.getKey(), numbers.length, tensor.getValue()));
            }
            all = DoubleStream.concat(all, Arrays.stream(numbers));
        }
        return all.toArray();
    }

    private static float[] floats(double[] numbers) {
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) floats[i] = (float) numbers[i];
        return floats;
    }

    double loss(List<double[]> logProbs) {
        return loss(logProbs, kl());
    }

    /** With another KL coefficient. */
    double loss(List<double[]> logProbs, double kl) {
        double loss = 0;
        for (int i = 0; i < samples.size(); i++)
            loss += of(objective(kl), i, logProbs.get(i)).loss();
        return loss;
    }

    /**
     * Tokens whose gradient a bound of the clip takes away; samples for the ratio of a whole sample.
     *
     * @param bound which of the two counts
     */
    int clipped(List<double[]> logProbs, ToIntFunction<SequenceLoss.Counts> bound) {
        int clipped = 0;
        for (int i = 0; i < samples.size(); i++) {
            int tokens =
                    bound.applyAsInt(of(objective(kl()), i, logProbs.get(i)).counts());
            clipped += ratio() == Ratio.SEQUENCE ? Integer.signum(tokens) : tokens;
        }
        return clipped;
    }

    private Ratio ratio() {
        JsonNode choice = json.path("objective");
        return switch (choice.path("ratio").asText("none")) {
            case "sequence" -> Ratio.SEQUENCE;
            case "token", "none" -> Ratio.TOKEN;
            default -> throw unknown("ratio", choice);
        };
    }

    double[] slopes(List<double[]> logProbs) {
        DoubleStream all = DoubleStream.empty();
        for (int i = 0; i < samples.size(); i++) {
            all = DoubleStream.concat(
                    all, Arrays.stream(of(objective(kl()), i, logProbs.get(i)).dLossDLogProb()));
        }
        return all.toArray();
    }

    /** Ratios of all samples, one after the other; one a sample where the objective has one. */
    double[] ratios(List<double[]> logProbs) {
        return perSample(logProbs, (objective, sample) -> objective.ratios(sample));
    }

    /** Off-policy weights, like the ratios. */
    double[] weights(List<double[]> logProbs) {
        return perSample(logProbs, (objective, sample) -> objective.weights(sample));
    }

    /** How many weights a cap has cut: tokens, or samples. */
    int capped(List<double[]> logProbs) {
        double cap =
                json.path("objective").path("off_policy_weight").path("cap").asDouble(Double.POSITIVE_INFINITY);
        return (int)
                Arrays.stream(weights(logProbs)).filter(weight -> weight >= cap).count();
    }

    private double[] perSample(List<double[]> logProbs, BiFunction<Objective, SequenceLogProbs, double[]> numbers) {
        Objective objective = objective(kl());
        DoubleStream all = DoubleStream.empty();
        for (int i = 0; i < samples.size(); i++) {
            double[] tokens = numbers.apply(objective, logProbs(i, logProbs.get(i)));
            boolean one = ratio() == Ratio.SEQUENCE;
            all = DoubleStream.concat(all, Arrays.stream(tokens, 0, one ? 1 : tokens.length));
        }
        return all.toArray();
    }

    SequenceLoss of(Objective objective, int sample, double[] current) {
        double advantage = samples.get(sample).path("advantage").asDouble(0);
        return objective.of(logProbs(sample, current), advantage, totals);
    }

    private SequenceLogProbs logProbs(int sample, double[] current) {
        JsonNode one = samples.get(sample);
        double[] proximal = or(one, "old_logprobs", current);
        double[] behaviour = or(one, "behavior_logprobs", proximal);
        double[] reference = or(one, "reference_logprobs", new double[0]);
        return new SequenceLogProbs(current, proximal, behaviour, reference);
    }

    private static double[] or(JsonNode sample, String key, double[] otherwise) {
        return sample.has(key) ? Numbers.flat(sample.get(key)) : otherwise;
    }

    /** The file's objective with another KL coefficient. */
    Objective objective(double kl) {
        JsonNode choice = json.path("objective");
        double low = choice.path("clip_low").asDouble();
        double high = choice.path("clip_high").asDouble();
        Surrogate surrogate = switch (choice.path("surrogate").asText()) {
            case "clip" -> new Surrogate.Clip(low, high);
            case "weighted-log-likelihood" -> new Surrogate.WeightedLogLikelihood(low, high);
            case "log-likelihood" -> new Surrogate.LogLikelihood();
            default -> throw unknown("surrogate", choice);
        };
        Aggregation aggregation = switch (choice.path("aggregation").asText()) {
            case "token-mean" -> Aggregation.TOKEN_MEAN;
            case "sequence-mean" -> Aggregation.SEQUENCE_MEAN;
            case "constant" -> new Aggregation.Constant(choice.path("constant").asDouble(1));
            default -> throw unknown("aggregation", choice);
        };
        String estimator = choice.path("kl").path("estimator").asText("k3");
        if (!estimator.equals("k3")) throw unknown("kl", choice);
        return new Objective(
                ratio(),
                surrogate,
                aggregation,
                weight(choice.path("off_policy_weight")),
                new KlPenalty(KlEstimator.K3, kl),
                0);
    }

    private static OffPolicyWeight weight(JsonNode weight) {
        if (!weight.isObject()) return OffPolicyWeight.OFF;
        return weight.path("cap").isNumber()
                ? new OffPolicyWeight.Capped(weight.path("cap").asDouble())
                : OffPolicyWeight.UNCAPPED;
    }

    private static Failure unknown(String key, JsonNode choice) {
        return new Failure(Failure.Kind.CALLER, "the %s %s is not known".formatted(key, choice.path(key)));
    }

    /** Advantages from the rewards of each group; empty where the file's objective has none. */
    double[] advantages() {
        JsonNode choice = json.path("objective");
        if (!choice.hasNonNull("advantage")) return new double[0];
        GroupAdvantages estimator = switch (choice.path("advantage").asText()) {
            case "group-standardised" -> GroupAdvantages.STANDARDISED;
            case "group-centred" -> GroupAdvantages.CENTRED;
            case "leave-one-out" -> GroupAdvantages.LEAVE_ONE_OUT;
            default -> throw unknown("advantage", choice);
        };
        Map<Integer, List<Integer>> groups = new LinkedHashMap<>();
        for (int i = 0; i < samples.size(); i++) {
            groups.computeIfAbsent(samples.get(i).path("group").asInt(), _ -> new ArrayList<>())
                    .add(i);
        }
        double[] advantages = new double[samples.size()];
        for (List<Integer> members : groups.values()) {
            double[] rewards = members.stream()
                    .mapToDouble(i -> samples.get(i).path("reward").asDouble())
                    .toArray();
            double[] of = estimator.of(rewards);
            for (int i = 0; i < of.length; i++) advantages[members.get(i)] = of[i];
        }
        return advantages;
    }

    double[] givenAdvantages() {
        return samples.stream()
                .mapToDouble(sample -> sample.path("advantage").asDouble())
                .toArray();
    }
}
