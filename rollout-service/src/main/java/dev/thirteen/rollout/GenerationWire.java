package dev.thirteen.rollout;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient.Sequence;
import dev.thirteen.engine.Tokenizer;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.kit.Caller;
import dev.thirteen.kit.EdgeSettings;
import dev.thirteen.kit.EngineSettings;
import dev.thirteen.kit.ModelSettings;
import dev.thirteen.kit.PolicyWire;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.Provenance;
import jakarta.inject.Singleton;
import java.util.List;

/** Generation calls between proto and engine: the only place that reads their fields. */
@Singleton
class GenerationWire {
    /** More than any text has on average: tokenizers need a hundred bytes a token while they encode. */
    private static final int CHARACTERS_A_TOKEN = 16;

    /** A policy that is in memory, and what names it. */
    record Resolved(BaseModel base, Policy policy, Provenance provenance) {}

    private final Policies policies;
    private final AdapterDirectory directory;
    private final ModelSettings models;
    private final RolloutConfig config;
    private final EdgeSettings edge;
    private final EngineSettings engine;

    GenerationWire(
            Policies policies,
            AdapterDirectory directory,
            ModelSettings models,
            RolloutConfig config,
            EdgeSettings edge,
            EngineSettings engine) {
        this.engine = engine;
        this.edge = edge;
        this.policies = policies;
        this.directory = directory;
        this.models = models;
        this.config = config;
    }

    /**
     * The policy of a call; typed failures for what does not exist or does not fit.
     *
     * @param prompts what the base will be asked to encode; a chat that it has no template for is refused before it is loaded
     */
    Resolved policy(dev.thirteen.proto.generation.v1.Policy asked, List<Prompt> prompts) {
        return switch (asked.getAdapterCase()) {
            case ADAPTER_NOT_SET -> {
                BaseModel base = base(baseName(asked), prompts);
                yield new Resolved(base, Policy.BASE, Provenances.of(base).build());
            }
            case VALUE -> {
                int bytes = asked.getValue().getValues().size();
                if (bytes > edge.maxAdapterBytes()) {
                    throw field(
                            "policy.value.values",
                            "has %d bytes, at most %d are taken in a message".formatted(bytes, edge.maxAdapterBytes()));
                }
                // A bad adapter is refused before its base is loaded.
                AdapterWire.digest(asked.getValue());
                BaseModel base = base(baseName(asked), prompts);
                yield adapted(base, asked.getValue(), Provenances.of(base));
            }
            case NAME -> named(asked, prompts);
        };
    }

    private Resolved named(dev.thirteen.proto.generation.v1.Policy asked, List<Prompt> prompts) {
        NamedAdapter named = directory.named(Caller.current(), asked.getName());
        BaseModel base = base(asked.hasBaseModel() ? asked.getBaseModel() : named.getBaseModel(), prompts);
        String trainedOn = named.getBaseModel().getDigest();
        if (!trainedOn.isEmpty() && !trainedOn.equals(base.digest())) {
            throw new Failure(
                    Failure.Kind.CONFLICT,
                    "adapter %s belongs to base model %s, not to %s"
                            .formatted(asked.getName(), trainedOn, base.digest()));
        }
        Provenance.Builder provenance = Provenances.of(base).setPolicyVersion(named.getPolicyVersion());
        return adapted(base, named.getAdapter(), provenance);
    }

    private BaseModel base(dev.thirteen.proto.policy.v1.BaseModel named, List<Prompt> prompts) {
        if (prompts.stream().anyMatch(Prompt::hasChat)) policies.requireChat(named);
        return policies.base(named);
    }

    private Resolved adapted(BaseModel base, Adapter adapter, Provenance.Builder provenance) {
        try {
            Policies.Adapted adapted = policies.policy(base, adapter);
            return new Resolved(
                    base,
                    adapted.policy(),
                    Provenances.adapted(provenance, adapted).build());
        } catch (Failure unknown) {
            if (unknown.kind() != Failure.Kind.NOT_FOUND) throw unknown;
            throw new Failure(
                            Failure.Kind.CONFLICT,
                            "no run and no import here has made the adapter's basis " + adapter.getBasisDigest(),
                            unknown)
                    .because(Failure.Reason.BASIS_UNKNOWN);
        }
    }

    private dev.thirteen.proto.policy.v1.BaseModel baseName(dev.thirteen.proto.generation.v1.Policy asked) {
        if (asked.hasBaseModel()) return asked.getBaseModel();
        String folder = models.defaultModel()
                .orElseThrow(() -> field("policy.base-model", "is not set, and this server has no default model"));
        return dev.thirteen.proto.policy.v1.BaseModel.newBuilder()
                .setFolder(folder)
                .build();
    }

    /** What to decode for a call. */
    DecodeTask task(Resolved resolved, GenerateRequest request) {
        int samples = request.getSamples() == 0 ? 1 : request.getSamples();
        if (samples < 0 || samples > config.maxSamples()) {
            throw field("samples", "must be 1 to " + config.maxSamples() + ", it is " + samples);
        }
        SamplingParameters sampling = PolicyWire.sampling(request.getSampling());
        int[] prompt = tokens("prompt", resolved.base().tokenizer(), request.getPrompt());
        if (prompt.length > config.maxPromptTokens()) {
            throw field(
                            "prompt",
                            "has %d tokens, at most %d are taken".formatted(prompt.length, config.maxPromptTokens()))
                    .because(Failure.Reason.PROMPT_TOO_LONG);
        }
        return new DecodeTask(
                resolved.base(),
                resolved.policy(),
                prompt,
                samples,
                sampling,
                request.getFirstStream(),
                request.getDeterministic(),
                0,
                DecodeTask.Turn.NOBODYS);
    }

    /** Token ids of a prompt in any of its forms. A text that is far too long is refused before it is encoded. */
    int[] tokens(String path, Tokenizer tokenizer, Prompt prompt) {
        requireBounded(path, prompt);
        return switch (prompt.getFormCase()) {
            case TEXT -> tokenizer.encode(prompt.getText(), true);
            case CHAT ->
                tokenizer.encodeChat(prompt.getChat().getMessagesList().stream()
                        .map(message -> new Tokenizer.Turn(message.getRole(), message.getContent()))
                        .toList());
            case TOKENS ->
                prompt.getTokens().getIdsList().stream()
                        .mapToInt(Integer::intValue)
                        .toArray();
            case FORM_NOT_SET -> throw field(path, "is not set: text, chat or tokens");
        };
    }

    private void requireBounded(String path, Prompt prompt) {
        long characters = prompt.getText().length()
                + prompt.getChat().getMessagesList().stream()
                        // Its own tokens, at least one, and those of what the template writes around it.
                        .mapToLong(message -> CHARACTERS_A_TOKEN
                                + message.getRole().length()
                                + message.getContent().length())
                        .sum();
        long most = (long) CHARACTERS_A_TOKEN * Math.min(config.maxPromptTokens(), engine.maxSequenceTokens());
        if (characters <= most) return;
        throw field(path, "has %d characters, at most %d are taken".formatted(characters, most))
                .because(Failure.Reason.PROMPT_TOO_LONG);
    }

    /** Token ids of a completion to score: text stands without special tokens of its own. */
    int[] completionTokens(Tokenizer tokenizer, int index, Prompt completion) {
        String path = "completions." + index;
        requireBounded(path, completion);
        int[] ids = completion.getFormCase() == Prompt.FormCase.TEXT
                ? tokenizer.encode(completion.getText(), false)
                : tokens(path, tokenizer, completion);
        if (ids.length == 0) throw field(path, "has no tokens");
        return ids;
    }

    /** Refuses a Score call that has nothing to score or does not fit. */
    void requireScorable(List<Sequence> sequences, int mostTokens) {
        if (sequences.isEmpty()) throw field("completions", "is empty");
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            int prompt = sequence.promptTokens().length;
            int completion = sequence.completionTokens().length;
            if (prompt == 0) throw field("prompt", "has no tokens");
            if (prompt + completion > mostTokens) {
                throw field(
                                "completions." + i,
                                "has %d tokens and the prompt %d: at most %d fit"
                                        .formatted(completion, prompt, mostTokens))
                        .because(Failure.Reason.PROMPT_TOO_LONG);
            }
        }
    }

    /** Temperature of a Score call; 0 means 1. */
    double scoreTemperature(float asked) {
        if (asked == 0) return 1;
        if (!SamplingParameters.isDivisor(asked)) {
            throw field(
                    "temperature", "must be %s to 100, it is %s".formatted(SamplingParameters.MIN_TEMPERATURE, asked));
        }
        return asked;
    }

    /** A finished sample as sent. */
    static Completion completion(DecodeTask task, Samples.Sample sample) {
        return Completion.newBuilder()
                .setText(sample.text(task.base().tokenizer(), task.sampling().stop()))
                .addAllTokenIds(sample.tokenIds())
                .addAllLogProbs(sample.logProbs())
                .addAllRawLogProbs(sample.rawLogProbs())
                .setFinishReason(PolicyWire.finishReason(sample.finish()))
                .build();
    }

    /** One token of a stream as sent. */
    static StreamGenerateResponse.Builder token(Decoder.Token token, String text) {
        StreamGenerateResponse.Builder answer = StreamGenerateResponse.newBuilder()
                .setText(text)
                .setTokenId(token.tokenId())
                .setLogProb(token.logProb())
                .setRawLogProb(token.rawLogProb());
        if (token.finish() != null) answer.setFinishReason(PolicyWire.finishReason(token.finish()));
        return answer;
    }

    static Failure field(String path, String problem) {
        return Failure.fields(List.of(new FieldProblem(path, problem)));
    }
}
