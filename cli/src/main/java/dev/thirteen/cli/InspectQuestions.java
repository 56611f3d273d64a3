package dev.thirteen.cli;

import com.google.protobuf.ByteString;
import dev.thirteen.cli.inspect.Effect;
import dev.thirteen.cli.inspect.Variant;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.generation.v1.Chat;
import dev.thirteen.proto.generation.v1.ChatMessage;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.Tokens;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.reward.v1.ScoreRequest;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.Reward;
import dev.thirteen.proto.training.v1.RunSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.IntConsumer;

/** Asks changed adapters held-out problems: adapters by value, so that none needs a name. */
final class InspectQuestions {
    /** Rows of one batch; queues of the services hold more. */
    private static final int AT_ONCE = 32;

    private final Services services;
    private final RunSpec run;
    private final NamedAdapter trained;
    private final ValueType type;
    private final List<Problem> problems;
    private final Sampling sampling;

    /**
     * @param run its prompt and sampling ask, its reward judges
     * @param seed of the random numbers, which are the same for all variants
     */
    InspectQuestions(
            Services services, RunSpec run, NamedAdapter trained, ValueType type, List<Problem> problems, long seed) {
        this.services = services;
        this.run = run;
        this.trained = trained;
        this.type = type;
        this.problems = List.copyOf(problems);
        this.sampling = Sampling.newBuilder()
                .setTemperature(run.getSampling().getTemperature())
                .setMaxTokens(run.getSampling().getMaxTokens())
                .setSeed(seed)
                .build();
    }

    private record Answer(VerdictKind verdict, double logProb, int tokens) {
        boolean judged() {
            return verdict != VerdictKind.VERDICT_KIND_UNJUDGED;
        }
    }

    /**
     * What each variant does, in their order.
     *
     * @param progress is told how many variants are done
     */
    List<Effect> effects(List<Variant> variants, IntConsumer progress) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Semaphore room = new Semaphore(AT_ONCE);
            Policy own = policy(trained.getAdapter());
            List<Future<Completion>> first = new ArrayList<>();
            for (int i = 0; i < problems.size(); i++) {
                int index = i;
                first.add(threads.submit(() -> within(room, () -> generate(own, index))));
            }
            List<Completion> references =
                    first.stream().map(InspectQuestions::done).toList();
            List<Effect> effects = new ArrayList<>();
            for (Variant variant : variants) {
                Policy policy = policy(changed(variant.values()));
                List<Future<Answer>> answers = new ArrayList<>();
                for (int i = 0; i < problems.size(); i++) {
                    int index = i;
                    answers.add(threads.submit(() -> within(room, () -> answer(policy, index, references.get(index)))));
                }
                effects.add(effect(
                        variant, answers.stream().map(InspectQuestions::done).toList()));
                progress.accept(effects.size());
            }
            return effects;
        }
    }

    private interface Work<T> {
        T get();
    }

    private static <T> T within(Semaphore room, Work<T> work) throws InterruptedException {
        room.acquire();
        try {
            return work.get();
        } finally {
            room.release();
        }
    }

    private static <T> T done(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw new CompletionException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted", e);
        }
    }

    private static Effect effect(Variant variant, List<Answer> answers) {
        return new Effect(
                variant,
                answers.size(),
                answers.stream()
                        .filter(Answer::judged)
                        .mapToInt(answer -> answer.verdict() == VerdictKind.VERDICT_KIND_CORRECT ? 1 : 0)
                        .average()
                        .orElse(Double.NaN),
                answers.stream().mapToDouble(Answer::logProb).average().orElse(Double.NaN),
                answers.stream().mapToInt(Answer::tokens).average().orElse(Double.NaN));
    }

    private Adapter changed(float[] values) {
        return trained.getAdapter().toBuilder()
                .setValues(ByteString.copyFrom(type.encode(values)))
                .clearDigest()
                .build();
    }

    private Policy policy(Adapter adapter) {
        return Policy.newBuilder()
                .setBaseModel(trained.getBaseModel())
                .setValue(adapter)
                .build();
    }

    private Completion generate(Policy policy, int index) {
        return services.generation()
                .generate(GenerateRequest.newBuilder()
                        .setPolicy(policy)
                        .setPrompt(prompt(problems.get(index)))
                        .setSampling(sampling)
                        .setSamples(1)
                        .setFirstStream(index)
                        .build())
                .getCompletions(0);
    }

    private Answer answer(Policy policy, int index, Completion reference) {
        Completion completion = generate(policy, index);
        return new Answer(
                verdict(problems.get(index), completion),
                logProb(policy, problems.get(index), reference),
                completion.getTokenIdsCount());
    }

    private VerdictKind verdict(Problem problem, Completion completion) {
        Reward reward = run.getReward();
        RewardTask task = RewardTask.newBuilder()
                .setAnswer(problem.answer())
                .setScorer(reward.getScorer())
                .setExtraction(reward.getExtraction())
                .addAllTerms(reward.getTermsList())
                .setProblemId(problem.id())
                .setQuestion(problem.question())
                .build();
        return services.reward()
                .score(ScoreRequest.newBuilder()
                        .setTask(task)
                        .addCompletions(completion.getText())
                        .addTokens(completion.getTokenIdsCount())
                        .build())
                .getVerdicts(0)
                .getKind();
    }

    private double logProb(Policy policy, Problem problem, Completion reference) {
        var request = dev.thirteen.proto.generation.v1.ScoreRequest.newBuilder()
                .setPolicy(policy)
                .setPrompt(prompt(problem))
                .addCompletions(
                        Prompt.newBuilder().setTokens(Tokens.newBuilder().addAllIds(reference.getTokenIdsList())))
                .setTemperature(sampling.getTemperature());
        double sum = 0;
        for (float logProb :
                services.generation().score(request.build()).getCompletions(0).getLogProbsList()) {
            sum += logProb;
        }
        return sum;
    }

    private Prompt prompt(Problem problem) {
        PromptTemplate template = run.getPrompt();
        String user = new dev.thirteen.core.data.PromptTemplate(
                        template.getSystem(), template.getUser(), template.getChat())
                .userText(problem);
        if (!template.getChat()) return Prompt.newBuilder().setText(user).build();
        Chat.Builder chat = Chat.newBuilder();
        if (!template.getSystem().isEmpty()) {
            chat.addMessages(ChatMessage.newBuilder().setRole("system").setContent(template.getSystem()));
        }
        return Prompt.newBuilder()
                .setChat(chat.addMessages(
                        ChatMessage.newBuilder().setRole("user").setContent(user)))
                .build();
    }
}
