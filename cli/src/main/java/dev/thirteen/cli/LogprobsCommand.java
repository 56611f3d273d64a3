package dev.thirteen.cli;

import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.ScoreRequest;
import dev.thirteen.proto.generation.v1.ScoreResponse;
import dev.thirteen.proto.generation.v1.TokenLogProbs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen logprobs}: log-probabilities of given completions. */
@Command(
        name = "logprobs",
        description = "Natural log-probabilities of given completions after a prompt, token by token.",
        footerHeading = "%nExample:%n",
        footer = "  bin/thirteen logprobs --adapter tiny-arithmetic@60 \"7*3-4+2?\" \"#19\"")
final class LogprobsCommand implements Callable<Integer> {
    @Mixin
    private PolicyOptions policy = new PolicyOptions();

    @Mixin
    private PromptOptions prompt = new PromptOptions();

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMPLETION", description = "What follows the prompt.")
    private List<String> completions = List.of();

    @Option(
            names = "--temperature",
            defaultValue = "1",
            paramLabel = "T",
            description = "That of the distribution. Default: 1.")
    private float temperature;

    private final Session session;

    LogprobsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ScoreRequest request = ScoreRequest.newBuilder()
                .setPolicy(policy.policy())
                .setPrompt(prompt.prompt())
                .addAllCompletions(completions.stream()
                        .map(text -> Prompt.newBuilder().setText(text).build())
                        .toList())
                .setTemperature(temperature)
                .build();
        return session.with(services -> {
            ScoreResponse response = services.generation().score(request);
            session.print(response, () -> text(response));
            return CallFailure.OK;
        });
    }

    private String text(ScoreResponse response) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < response.getCompletionsCount(); i++) {
            TokenLogProbs scored = response.getCompletions(i);
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("token id", "log-prob"));
            double sum = 0;
            for (int t = 0; t < scored.getTokenIdsCount(); t++) {
                rows.add(List.of(Integer.toString(scored.getTokenIds(t)), number(scored.getLogProbs(t))));
                sum += scored.getLogProbs(t);
            }
            rows.add(List.of("sum", number(sum)));
            text.append(completions.get(i)).append('\n').append(TextTable.render(rows));
        }
        return text.toString();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6f", value);
    }
}
