package dev.thirteen.eval;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.data.PromptTemplate;
import dev.thirteen.core.data.RandomArithmetic;
import dev.thirteen.core.evaluation.ProbeItem;
import dev.thirteen.core.evaluation.Probes;
import dev.thirteen.proto.evaluation.v1.ContaminationProbe;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.generation.v1.Chat;
import dev.thirteen.proto.generation.v1.ChatMessage;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.Reward;
import java.util.ArrayList;
import java.util.List;

/**
 * What one evaluation asks and how it judges: the only place that reads a checked spec.
 *
 * @param policies rows of the table under each decoding; the base first
 * @param reward how answers are judged
 * @param samples answers a problem under decodings with a temperature
 * @param probing whether the questions are about the benchmark's own text
 */
record EvaluationPlan(List<Row> policies, List<Sampling> decodings, Reward reward, int samples, boolean probing) {
    /** Label of the base under the common prompt. */
    static final String BASE = "base";
    /** Expressions of a probe's control: long enough that a third of one says nothing of the rest. */
    private static final RandomArithmetic CONTROL = new RandomArithmetic(8, 3);

    /**
     * A policy under a prompt.
     *
     * @param extraction where the answer stands under the prompt; for programs, what they begin with
     */
    record Row(String label, Policy policy, PromptTemplate prompt, String extraction, List<String> stop) {}

    EvaluationPlan {
        policies = List.copyOf(policies);
        decodings = List.copyOf(decodings);
    }

    /** The plan of a spec that passed {@link EvaluationRules} and whose adapters are resolved. */
    static EvaluationPlan of(EvaluationSpec spec) {
        Policy base = Policy.newBuilder().setBaseModel(spec.getBaseModel()).build();
        PromptTemplate prompt = template(spec.getPrompt());
        String usual = spec.getReward().getExtraction();
        List<Row> rows = new ArrayList<>();
        rows.add(new Row(BASE, base, prompt, usual, spec.getStopList()));
        for (String name : spec.getAdaptersList()) {
            Policy adapted = base.toBuilder().setName(name).build();
            rows.add(new Row(name, adapted, prompt, usual, spec.getStopList()));
        }
        for (PromptVariant variant : spec.getBasePromptsList()) {
            String own = variant.getExtraction().isEmpty() ? usual : variant.getExtraction();
            rows.add(new Row(variant.getLabel(), base, template(variant.getPrompt()), own, variant.getStopList()));
        }
        return new EvaluationPlan(
                rows, spec.getDecodingsList(), spec.getReward(), Math.max(1, spec.getSamples()), spec.hasProbe());
    }

    /** The questions about the problems of a checked spec: the problems themselves, or those of a probe. */
    static List<ProbeItem> items(EvaluationSpec spec, List<Problem> problems) {
        if (!spec.hasProbe()) {
            return problems.stream()
                    .map(problem -> new ProbeItem(problem, ProbeItem.Kind.FULL, 1, false))
                    .toList();
        }
        ContaminationProbe probe = spec.getProbe();
        List<Problem> generated = CONTROL.problems(probe.getSeed(), probe.getControlProblems());
        List<ProbeItem> items = new ArrayList<>(Probes.items(problems, probe.getSharesList(), false, probe.getSeed()));
        items.addAll(Probes.items(generated, probe.getSharesList(), true, probe.getSeed()));
        return items;
    }

    /** Answers a question under a decoding: all greedy ones would be the same. */
    int samples(int decoding) {
        return decodings.get(decoding).getTemperature() == 0 ? 1 : samples;
    }

    /**
     * The request for some answers to a question. Every policy draws the same answer from the same random stream.
     *
     * @param index index of the question
     * @param first index of the first answer asked for
     */
    GenerateRequest request(Row row, int decoding, int index, ProbeItem item, int first, int count) {
        Sampling sampling = decodings.get(decoding);
        boolean bare = item.kind() == ProbeItem.Kind.COMPLETION;
        return GenerateRequest.newBuilder()
                .setPolicy(row.policy())
                .setPrompt(
                        bare
                                ? Prompt.newBuilder()
                                        .setText(item.problem().question())
                                        .build()
                                : prompt(row.prompt(), item.problem()))
                .setSampling(
                        bare
                                ? sampling
                                : sampling.toBuilder().addAllStop(row.stop()).build())
                .setSamples(count)
                .setFirstStream((long) index * samples(decoding) + first)
                .build();
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
