package dev.thirteen.core.data;

/**
 * How a problem becomes a prompt.
 *
 * @param system system turn of the chat; empty means none
 * @param user user text, in which {question} is replaced
 * @param chat whether the model's chat template renders the turns; otherwise the user text is the prompt
 */
public record PromptTemplate(String system, String user, boolean chat) {
    private static final String QUESTION = "{question}";

    public PromptTemplate {
        if (!user.contains(QUESTION)) throw new IllegalArgumentException("the user text lacks " + QUESTION);
        if (!chat && !system.isEmpty()) throw new IllegalArgumentException("a system text needs chat: true");
    }

    /** The user text for a problem. */
    public String userText(Problem problem) {
        return user.replace(QUESTION, problem.question());
    }
}
