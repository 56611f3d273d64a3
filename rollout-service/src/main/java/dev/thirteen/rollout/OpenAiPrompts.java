package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.generation.v1.Chat;
import dev.thirteen.proto.generation.v1.ChatMessage;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.Tokens;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/** Prompts of the OpenAI dialect in all their forms. */
final class OpenAiPrompts {
    private OpenAiPrompts() {}

    /** The field prompt: a text, token ids, or a list of either. */
    static List<Prompt> completion(OpenAiFields fields) {
        JsonNode prompt = fields.take("prompt");
        boolean many = prompt.isArray() && !prompt.isEmpty() && !prompt.get(0).isNumber();
        if (!many) return List.of(one(fields, prompt));
        return StreamSupport.stream(prompt.spliterator(), false)
                .map(each -> one(fields, each))
                .toList();
    }

    private static Prompt one(OpenAiFields fields, JsonNode prompt) {
        if (prompt.isTextual()) {
            return Prompt.newBuilder()
                    .setText(fields.characters("prompt", prompt))
                    .build();
        }
        if (!prompt.isArray()) throw noPrompt(fields);
        Tokens.Builder tokens = Tokens.newBuilder();
        for (JsonNode id : prompt) {
            if (!id.canConvertToInt() || !id.isIntegralNumber()) throw fields.wrong("prompt", "has no token id " + id);
            tokens.addIds(id.intValue());
        }
        if (tokens.getIdsCount() == 0) throw noPrompt(fields);
        return Prompt.newBuilder().setTokens(tokens).build();
    }

    private static Failure noPrompt(OpenAiFields fields) {
        return fields.wrong("prompt", "must be a text, token ids, or a list of either");
    }

    /** The field messages. */
    static Prompt chat(OpenAiFields fields) {
        JsonNode messages = fields.take("messages");
        if (!messages.isArray() || messages.isEmpty()) throw fields.wrong("messages", "must be a list of messages");
        Chat.Builder chat = Chat.newBuilder();
        IntStream.range(0, messages.size())
                .forEach(i -> chat.addMessages(message(OpenAiFields.of("messages[" + i + "].", messages.get(i)))));
        return Prompt.newBuilder().setChat(chat).build();
    }

    private static ChatMessage message(OpenAiFields fields) {
        String role = fields.text("role", "");
        ChatMessage.Builder message = ChatMessage.newBuilder()
                .setRole(
                        switch (role) {
                            case "system", "user", "assistant" -> role;
                            // The newer name of the same turn; templates know the older one.
                            case "developer" -> "system";
                            default ->
                                throw fields.wrong("role", "must be system, user or assistant, not '" + role + "'");
                        })
                .setContent(content(fields));
        // What our own answers carry comes back with them.
        fields.without("tool_calls");
        fields.without("annotations");
        fields.end();
        return message.build();
    }

    private static String content(OpenAiFields fields) {
        JsonNode content = fields.take("content");
        if (content.isTextual()) return fields.characters("content", content);
        if (!content.isArray()) throw fields.wrong("content", "must be a text or a list of text parts");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            text.append(part(fields.inner("content[" + i + "]", content.get(i))));
        }
        return text.toString();
    }

    private static String part(OpenAiFields fields) {
        String type = fields.text("type", "");
        if (!type.equals("text")) throw fields.wrong("type", "must be text, not '" + type + "'");
        JsonNode text = fields.take("text");
        if (!text.isTextual()) throw fields.wrong("text", "must be a string");
        fields.end();
        return fields.characters("text", text);
    }
}
