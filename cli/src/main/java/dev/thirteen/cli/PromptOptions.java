package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.generation.v1.Chat;
import dev.thirteen.proto.generation.v1.ChatMessage;
import dev.thirteen.proto.generation.v1.Prompt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The prompt, plain or as a chat. */
final class PromptOptions {
    @Parameters(index = "0", paramLabel = "PROMPT", description = "The prompt; - reads it from standard input.")
    private String text = "";

    @Option(names = "--chat", description = "Render the prompt as a user turn with the model's chat template.")
    private boolean chat;

    @Option(names = "--system", paramLabel = "TEXT", description = "System turn before the prompt; implies --chat.")
    private @Nullable String system;

    Prompt prompt() {
        String user = text.equals("-") ? standardInput() : text;
        if (!chat && system == null) return Prompt.newBuilder().setText(user).build();
        Chat.Builder turns = Chat.newBuilder();
        if (system != null) turns.addMessages(turn("system", system));
        return Prompt.newBuilder()
                .setChat(turns.addMessages(turn("user", user)))
                .build();
    }

    private static ChatMessage turn(String role, String content) {
        return ChatMessage.newBuilder().setRole(role).setContent(content).build();
    }

    private static String standardInput() {
        try {
            return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, "standard input cannot be read: " + e.getMessage(), e);
        }
    }
}
