package dev.thirteen.reward;

import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.verifier.Scoring;
import dev.thirteen.verifier.Verifier;
import dev.thirteen.verifier.reward.CodeTests;
import dev.thirteen.verifier.reward.Rewards;
import dev.thirteen.verifier.sandbox.Sandbox;
import dev.thirteen.verifier.symbolic.SymbolicWorkers;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.List;

/** All that scores, as configured: processes of symbolic algebra, the sandbox, users' servers. */
@Singleton
class Judges {
    private final SymbolicWorkers symbolic;
    private final Rewards rewards;

    Judges(RewardConfig config, Sandbox sandbox, ServedVerifiers served) {
        this.symbolic = new SymbolicWorkers(config.symbolicProcesses(), config.comparisonLimit());
        Verifier verifier = new Verifier(symbolic, config.comparisonLimit());
        this.rewards = new Rewards(new Scoring(verifier), new CodeTests(sandbox), served);
    }

    /** One verdict a completion, in order; each term is told apart where the task lists them. */
    List<Verdict> verdicts(RewardWire.Work work) {
        return RewardWire.verdicts(work, rewards.score(work.spec(), work.task(), work.completions()));
    }

    @PreDestroy
    void close() {
        symbolic.close();
    }
}
