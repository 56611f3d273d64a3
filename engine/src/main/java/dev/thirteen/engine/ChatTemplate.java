package dev.thirteen.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import dev.thirteen.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model's chat template, rendered as Hugging Face transformers does: blocks trimmed, no HTML escaping, and
 * {@code raise_exception} to refuse a chat. Shared by threads.
 */
final class ChatTemplate {
    private static final Jinjava JINJAVA = jinjava();

    private final String source;
    private final Map<String, Object> tokens;

    private ChatTemplate(String source, Map<String, Object> tokens) {
        this.source = source;
        this.tokens = tokens;
    }

    /** The template of a folder: chat_template.jinja, else tokenizer_config.json; empty when it has none. */
    static Optional<ChatTemplate> read(Path folder) {
        JsonNode config = ModelFiles.jsonIfPresent(folder.resolve("tokenizer_config.json"));
        Path file = folder.resolve("chat_template.jinja");
        String source = Files.exists(file)
                ? new String(ModelFiles.bytes(file), StandardCharsets.UTF_8)
                : source(config.path("chat_template"));
        return source.isEmpty()
                ? Optional.empty()
                : Optional.of(new ChatTemplate(withoutLastNewline(source), tokens(config)));
    }

    /**
     * The chat as text.
     *
     * @param arguments further variables of the template
     * @throws Failure CALLER when the template raises or cannot be rendered
     */
    String render(List<Tokenizer.Turn> turns, boolean addGenerationPrompt, Map<String, ?> arguments) {
        List<Map<String, String>> messages = new ArrayList<>();
        for (Tokenizer.Turn turn : turns) {
            Map<String, String> message = new LinkedHashMap<>();
            message.put("role", turn.role());
            message.put("content", turn.content());
            messages.add(message);
        }
        Map<String, Object> variables = new HashMap<>(tokens);
        variables.putAll(arguments);
        variables.put("messages", messages);
        variables.put("add_generation_prompt", addGenerationPrompt);
        RenderResult result = JINJAVA.renderForResult(source, variables);
        if (result.hasErrors()) throw refused(result.getErrors().getFirst());
        return result.getOutput();
    }

    /** What {@code raise_exception(message)} does in a template. */
    static String raise(String message) {
        throw new Raised(message);
    }

    private static Failure refused(TemplateError error) {
        for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
            if (cause instanceof Raised)
                return new Failure(Failure.Kind.CALLER, String.valueOf(cause.getMessage()), cause);
        }
        return new Failure(
                Failure.Kind.CALLER,
                "the chat template cannot be rendered, line %d: %s".formatted(error.getLineno(), error.getMessage()),
                error.getException());
    }

    private static Jinjava jinjava() {
        LegacyOverrides asInPython = LegacyOverrides.newBuilder()
                .withEvaluateMapKeys(true)
                .withIterateOverMapKeys(true)
                .withUsePyishObjectMapper(true)
                .withUseNaturalOperatorPrecedence(true)
                .withParseWhitespaceControlStrictly(true)
                .withAllowAdjacentTextNodes(true)
                .withUseTrimmingForNotesAndExpressions(true)
                .withKeepNullableLoopValues(true)
                .build();
        Jinjava jinjava = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                // Otherwise braces in a user's text would be evaluated.
                .withNestedInterpretationEnabled(false)
                .withFailOnUnknownTokens(false)
                .withLegacyOverrides(asInPython)
                .build());
        jinjava.getGlobalContext()
                .registerFunction(
                        new ELFunctionDefinition("", "raise_exception", ChatTemplate.class, "raise", String.class));
        jinjava.getGlobalContext().registerFilter(new PlainJsonFilter());
        return jinjava;
    }

    private static String source(JsonNode template) {
        if (!template.isArray()) return template.asText("");
        for (JsonNode named : template) {
            if (named.path("name").asText().equals("default"))
                return named.path("template").asText();
        }
        return "";
    }

    // Jinja drops one newline at the end of a template.
    private static String withoutLastNewline(String source) {
        return source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
    }

    private static Map<String, Object> tokens(JsonNode config) {
        Map<String, Object> tokens = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token", "pad_token", "unk_token")) {
            String text = text(config.path(name));
            if (!text.isEmpty()) tokens.put(name, text);
        }
        return tokens;
    }

    /** Text of a token, which is written as a string or as an object with {@code content}. */
    static String text(JsonNode token) {
        return token.isObject() ? token.path("content").asText("") : token.isTextual() ? token.asText() : "";
    }

    /** A template refused its chat. */
    private static final class Raised extends RuntimeException {
        private static final long serialVersionUID = 1;

        Raised(String message) {
            super(message);
        }
    }
}
