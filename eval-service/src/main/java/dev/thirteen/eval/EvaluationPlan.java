package dev.thirteen.eval;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.data.PromptTemplate;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.generation.v1.Chat;
import dev.thirteen.proto.generation.v1.ChatMessage;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.verifier.Scoring;
import java.util.ArrayList;
import java.util.List;

/**
 * What one evaluation asks and how it judges: the only place that reads a checked spec.
 *
 * @param policies rows of the table under each decoding; the base first
 */
record EvaluationPlan(List<Row> policies, List<Sampling> decodings, Scorer scorer, Extraction extraction) {
    /** Label of the base under the common prompt. */
    static final String BASE = "base";

    /** A policy under a prompt. */
    record Row(String label, Policy policy, PromptTemplate prompt) {}

    EvaluationPlan {
        policies = List.copyOf(policies);
        decodings = List.copyOf(decodings);
    }

    /** The plan of a spec that passed {@link EvaluationRules} and whose adapters are resolved. */
    static EvaluationPlan of(EvaluationSpec spec) {
        Policy base = Policy.newBuilder().setBaseModel(spec.getBaseModel()).build();
        PromptTemplate prompt = template(spec.getPrompt());
        List<Row> rows = new ArrayList<>();
        rows.add(new Row(BASE, base, prompt));
        for (String name : spec.getAdaptersList()) {
            rows.add(new Row(name, base.toBuilder().setName(name).build(), prompt));
        }
        for (PromptVariant variant : spec.getBasePromptsList()) {
            rows.add(new Row(variant.getLabel(), base, template(variant.getPrompt())));
        }
        return new EvaluationPlan(
                rows,
                spec.getDecodingsList(),
                Scorer.named(spec.getReward().getScorer()).orElseThrow(),
                Extraction.named(spec.getReward().getExtraction()).orElseThrow());
    }

    /**
     * The request for one answer. Every policy draws the answer to a problem from the same random stream.
     *
     * @param index index of the problem, which is its stream
     */
    GenerateRequest request(Row row, Sampling decoding, int index, Problem problem) {
        return GenerateRequest.newBuilder()
                .setPolicy(row.policy())
                .setPrompt(prompt(row.prompt(), problem))
                .setSampling(decoding)
                .setSamples(1)
                .setFirstStream(index)
                .build();
    }

    /** The verdict on a completion. */
    Verdict judge(String completion, Problem problem) {
        return Scoring.shared().judge(completion, problem.answer(), extraction, scorer);
    }

    private static Prompt prompt(PromptTemplate template, Problem problem) {
        String user = template.userText(problem);
        if (!template.chat()) return Prompt.newBuilder().setText(user).build();
        Chat.Builder chat = Chat.newBuilder();
        if (!template.system().isEmpty()) {
            chat.addMessages(ChatMessage.newBuilder().setRole("system").setContent(template.system()));
        }
        chat.addMessages(ChatMessage.newBuilder().setRole("user").setContent(user));
        return Prompt.newBuilder().setChat(chat).build();
    }

    private static PromptTemplate template(dev.thirteen.proto.training.v1.PromptTemplate wire) {
        return new PromptTemplate(wire.getSystem(), wire.getUser(), wire.getChat());
    }
}
