package dev.thirteen.engine;

import dev.thirteen.core.batch.BatchPlanner;
import dev.thirteen.core.batch.BatchRequest;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import java.util.List;

/** Which groups a decoder can ever take. */
record GroupRules(BatchPlanner planner, int vocabulary, int maxLength) {
    static long length(Decoder.Group group) {
        return (long) group.promptTokens().length + group.sampling().maxTokens();
    }

    private static BatchRequest request(Decoder.Group group) {
        return new BatchRequest(group.samples(), length(group));
    }

    /** Whether the group has room once nothing else runs. */
    boolean fits(Decoder.Group group) {
        return length(group) <= maxLength && planner.refusal(request(group)).isEmpty();
    }

    /** @throws Failure CALLER */
    void check(Decoder.Group group) {
        int maxRows = planner.limits().maxRows();
        if (group.promptTokens().length == 0) throw wrong(group, "has no prompt token");
        if (group.samples() < 1 || group.samples() > maxRows) {
            throw wrong(group, "asks for %d samples, 1 to %d fit".formatted(group.samples(), maxRows));
        }
        if (length(group) > maxLength) {
            throw wrong(
                    group,
                    "needs %d prompt and %d new tokens, %d fit"
                            .formatted(
                                    group.promptTokens().length,
                                    group.sampling().maxTokens(),
                                    maxLength));
        }
        planner.refusal(request(group)).ifPresent(refused -> {
            throw wrong(group, "has " + refused.message());
        });
        checkTokens(group);
    }

    private void checkTokens(Decoder.Group group) {
        for (int id : group.promptTokens()) {
            if (known(id)) continue;
            String problem = "has the id %d, which is no token: the vocabulary has %d".formatted(id, vocabulary);
            throw Failure.fields(List.of(new FieldProblem("prompt", problem)));
        }
        if (group.alternatives() > vocabulary) {
            throw wrong(group, "asks for %d tokens of %d".formatted(group.alternatives(), vocabulary));
        }
        for (int id : group.sampling().changes().bias().keySet()) {
            if (known(id)) continue;
            String problem = "is no token: the vocabulary has " + vocabulary;
            throw Failure.fields(List.of(new FieldProblem("sampling.logit-bias." + id, problem)));
        }
    }

    private boolean known(int id) {
        return id >= 0 && id < vocabulary;
    }

    static Failure wrong(Decoder.Group group, String problem) {
        return new Failure(Failure.Kind.CALLER, "group %d %s".formatted(group.id(), problem));
    }
}
