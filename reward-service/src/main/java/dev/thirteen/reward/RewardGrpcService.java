package dev.thirteen.reward;

import dev.thirteen.proto.reward.v1.RewardService;
import dev.thirteen.proto.reward.v1.ScoreRequest;
import dev.thirteen.proto.reward.v1.ScoreResponse;
import io.quarkus.grpc.GrpcService;
import io.smallrye.mutiny.Uni;

/** RewardService: verdicts on the spot. */
@GrpcService
class RewardGrpcService implements RewardService {
    private final RewardConfig config;
    private final Judges judges;

    RewardGrpcService(RewardConfig config, Judges judges) {
        this.config = config;
        this.judges = judges;
    }

    @Override
    public Uni<ScoreResponse> score(ScoreRequest request) {
        if (!request.hasTask()) throw RewardWire.field("task", "is not set");
        int completions = request.getCompletionsCount();
        if (completions == 0 || completions > config.maxCompletions()) {
            throw RewardWire.field(
                    "completions",
                    "has %d entries, it must have 1 to %d".formatted(completions, config.maxCompletions()));
        }
        ScoreResponse answer = ScoreResponse.newBuilder()
                .addAllVerdicts(judges.verdicts(RewardWire.work(request)))
                .build();
        return Uni.createFrom().item(answer);
    }
}
