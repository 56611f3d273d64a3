package dev.thirteen.core.run;

import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.failure.FieldRules;
import dev.thirteen.core.grpo.KlEstimator;
import dev.thirteen.core.grpo.TruncatedSamples;
import dev.thirteen.core.optim.LearningRate;
import dev.thirteen.core.run.AlgorithmSpec.Importance;
import java.util.List;

/**
 * Fields of a spec that say something and can have no effect because of others. On the wire 0 may mean that a field was not
 * set, and clients write defaults out: only what no default is counts here.
 */
final class IdleFields {
    private final FieldRules rules = new FieldRules();

    private IdleFields() {}

    static List<FieldProblem> of(RunSpec spec) {
        IdleFields fields = new IdleFields();
        fields.algorithm(spec.algorithm());
        if (spec.adapter() instanceof RunSpec.TinyLoraShape shape && shape.tying() == Tying.ALL) {
            // 1 is what adapters of this tying are sent with.
            boolean stated = shape.tieSize() != 0 && shape.tieSize() != 1;
            fields.idle("adapter.n-tie", stated, "with tying: all");
        }
        RunSpec.Decline decline = spec.optimizer().decline();
        boolean constant = decline.decay() == LearningRate.Decay.CONSTANT;
        fields.idle("optimizer.last-learning-rate", constant && decline.lastRate() != 0, "with decay: constant");
        return fields.rules.problems();
    }

    private void algorithm(AlgorithmSpec algorithm) {
        Importance importance = algorithm.importance();
        boolean cap = importance.cap() != 0;
        idle("algorithm.importance-cap", cap && importance.kind() == Importance.Kind.OFF, "with importance: off");
        boolean uncapped = importance.kind() == Importance.Kind.UNCAPPED;
        idle("algorithm.importance-cap", cap && uncapped, "with importance: uncapped");
        boolean floor = importance.floor() != 0 && importance.kind() != Importance.Kind.MASKED;
        idle("algorithm.importance-floor", floor, "without importance: masked");
        AlgorithmSpec.Kl kl = algorithm.kl();
        idle("algorithm.kl-estimator", kl.estimator() == KlEstimator.K2 && kl.inLoss() == 0, "without kl-in-loss");
        AlgorithmSpec.Samples samples = algorithm.samples();
        boolean refills = samples.maxRefills() != 0 && !samples.dynamicSampling();
        idle("algorithm.max-refills", refills, "without dynamic-sampling: true");
        boolean plain = samples.truncated() != TruncatedSamples.SHAPE;
        idle("algorithm.overlong-buffer", plain && samples.overlongBuffer() != 0, "without truncated: shape");
        idle("algorithm.overlong-penalty", plain && samples.overlongPenalty() != 0, "without truncated: shape");
    }

    private void idle(String path, boolean idle, String why) {
        rules.require(path, !idle, "has no meaning " + why);
    }
}
