package dev.thirteen.cli;

import picocli.CommandLine.Option;

/** Options that say where a row holds the parts of a problem. */
final class FieldOptions {
    @Option(
            names = "--id-field",
            defaultValue = "id",
            paramLabel = "FIELD",
            description = "Field of the id; rows without ids are numbered. Default: ${DEFAULT-VALUE}.")
    private String id = "";

    @Option(
            names = "--question-field",
            defaultValue = "question",
            paramLabel = "FIELD",
            description = "Field of the question, or a text such as \"{Body} {Question}\". Default: ${DEFAULT-VALUE}.")
    private String question = "";

    @Option(
            names = {"--answer-field"},
            defaultValue = "answer",
            paramLabel = "FIELD",
            description = "Field of the right answer, or a text with fields. Default: ${DEFAULT-VALUE}.")
    private String answer = "";

    @Option(
            names = "--answer-after",
            defaultValue = "",
            paramLabel = "TEXT",
            description = "The answer is what stands after the last TEXT of its field, such as ####.")
    private String answerAfter = "";

    ProblemFields fields() {
        return new ProblemFields(id, question, answer, answerAfter);
    }
}
