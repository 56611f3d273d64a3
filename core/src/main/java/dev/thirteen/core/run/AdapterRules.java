package dev.thirteen.core.run;

import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.RankSchedule;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.failure.FieldRules;

/** What the adapter of a run spec must fulfil. */
record AdapterRules(FieldRules rules) {
    private static final int MOST_RANK = 256;
    private static final int MOST_VERA_RANK = 4096;
    private static final String TARGETS = "adapter.target-modules";

    void check(RunSpec.AdapterShape adapter) {
        switch (adapter) {
            case RunSpec.TinyLoraShape tiny -> tinyLora(tiny);
            case RunSpec.FamilyShape shape -> {
                FamilySpec family = shape.family();
                if (family == null)
                    rules.require("adapter.type", false, "must be a known family, with all that it needs");
                else family(family);
            }
        }
        targets(adapter.targets());
        rules.require("adapter.value-type", adapter.valueType() != null, "must be fp32, bf16 or fp16");
    }

    private void tinyLora(RunSpec.TinyLoraShape adapter) {
        rank(adapter.rank(), MOST_RANK);
        rules.range("adapter.u", adapter.u(), 1, 65_536);
        rules.require("adapter.tying", adapter.tying() != null, "must be all, tiled or structured");
        if (adapter.tying() != null && adapter.tying() != Tying.ALL) {
            rules.range("adapter.n-tie", adapter.tieSize(), 1, 1_000_000);
        }
        rules.require("adapter.sigma-form", adapter.sigmaForm() != null, "must be paper or sqrt");
    }

    private void targets(TargetModules targets) {
        for (String name : targets.names()) rules.oneOf(TARGETS, name, TargetModules.known());
        targets.problem().ifPresent(problem -> rules.require(TARGETS, false, problem));
    }

    private void family(FamilySpec family) {
        switch (family) {
            case FamilySpec.LoraXs(int rank, double alpha) -> scaled(rank, alpha);
            case FamilySpec.Lora(int rank, double alpha, boolean _) -> scaled(rank, alpha);
            case FamilySpec.ShareLora shared -> scaled(shared.rank(), shared.alpha());
            case FamilySpec.Vera(int rank) -> rank(rank, MOST_VERA_RANK);
            case FamilySpec.BitFit _ -> {}
            case FamilySpec.Full _ -> {}
            case FamilySpec.AdaLora adaLora -> adaLora(adaLora);
            case FamilySpec.WeightLora(int rank, double alpha, double rate, int kept) -> {
                scaled(rank, alpha);
                rules.within("adapter.weight-learning-rate", rate, 0, 1000);
                rules.range("adapter.kept-modules", kept, 1, 1_000_000);
            }
        }
    }

    private void adaLora(FamilySpec.AdaLora adaLora) {
        RankSchedule schedule = adaLora.schedule();
        rules.range("adapter.initial-rank", schedule.initialRank(), 1, MOST_RANK);
        rules.range("adapter.target-rank", schedule.targetRank(), 1, schedule.initialRank());
        alpha(adaLora.alpha());
        rules.range("adapter.final-steps", schedule.finalSteps(), 0, Math.max(0, schedule.steps() - 1));
        // The cubic law needs a step between the two.
        long most = Math.max(0, schedule.steps() - schedule.finalSteps() - 1);
        rules.range("adapter.warmup-steps", schedule.warmupSteps(), 0, most);
        rules.range("adapter.interval", schedule.interval(), 1, 1_000_000);
        FamilySpec.Importance importance = adaLora.importance();
        rules.within("adapter.sensitivity-decay", importance.sensitivityDecay(), 0, 1);
        rules.within("adapter.uncertainty-decay", importance.uncertaintyDecay(), 0, 1);
        rules.within("adapter.orthogonality", importance.orthogonality(), 0, 1000);
    }

    private void scaled(int rank, double alpha) {
        rank(rank, MOST_RANK);
        alpha(alpha);
    }

    private void rank(int rank, int most) {
        rules.range("adapter.rank", rank, 1, most);
    }

    private void alpha(double alpha) {
        rules.require("adapter.alpha", alpha > 0 && alpha <= 1e6, "must be above 0 and at most 1000000, not " + alpha);
    }
}
