package dev.thirteen.cli;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.training.v1.PromptTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.yaml.snakeyaml.nodes.MappingNode;

/**
 * A prompt under a name, from {@code prompts/NAME.yaml}: system and user text, what ends an answer and where the answer
 * stands. Examples ("shots") are put before the user text, each in the form of "shot".
 *
 * @param extraction label of an {@link Extraction}
 */
record NamedPrompt(String name, PromptTemplate template, String extraction, List<String> stop) {
    private static final String FOLDER = "prompts";
    private static final String QUESTION = "{question}";

    /**
     * The prompt of a name, or of a file.
     *
     * @throws Failure CALLER for one that is unknown, with those that there are, or that is wrong, with its lines
     */
    static NamedPrompt of(Path home, String name) {
        Path file = named(home, FOLDER, name, "prompt");
        if (!(YamlFile.compose(file) instanceof MappingNode map)) {
            throw new Failure(Failure.Kind.CALLER, file + ":1: is no map of keys");
        }
        SourceFile source = new SourceFile(file);
        NamedPrompt prompt = read(Section.of(source, "", map), source);
        source.refuseIfWrong();
        return prompt;
    }

    /** The YAML file of a name below a folder of the project, or the file that the name itself is. */
    static Path named(Path home, String folder, String name, String what) {
        Path shipped = home.resolve(folder).resolve(name + ".yaml");
        if (name.matches("[a-z0-9-]+") && Files.isRegularFile(shipped)) return shipped;
        Path own = Path.of(name);
        if (name.endsWith(".yaml") && Files.isRegularFile(own)) return own;
        String known = String.join(", ", names(home, folder));
        throw new Failure(
                Failure.Kind.CALLER, "there is no " + what + " '" + name + "': say a YAML file, or one of " + known);
    }

    /** Names of the YAML files of a folder of the project. */
    static List<String> names(Path home, String folder) {
        try (Stream<Path> files = Files.list(home.resolve(folder))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".yaml"))
                    .map(file -> file.substring(0, file.length() - ".yaml".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.CALLER, home.resolve(folder) + ": cannot be listed (" + e.getMessage() + ")", e);
        }
    }

    private static NamedPrompt read(Section top, SourceFile source) {
        top.require("name", "user", "extraction");
        String user = top.text("user", "");
        if (!user.contains(QUESTION)) top.problem("user", "must contain " + QUESTION);
        top.text("description", "");
        PromptTemplate template = PromptTemplate.newBuilder()
                .setSystem(top.text("system", ""))
                .setUser(shots(top) + user)
                .setChat(top.flag("chat", false))
                .build();
        if (!template.getSystem().isEmpty() && !template.getChat()) top.problem("system", "needs chat: true");
        String extraction = top.choice("extraction", Section.words(extractions()), "");
        NamedPrompt prompt = new NamedPrompt(top.text("name", ""), template, extraction, top.texts("stop"));
        top.end();
        String file = source.path().getFileName().toString();
        if (!file.equals(prompt.name() + ".yaml")) top.problem("name", "must be that of the file, " + file);
        return prompt;
    }

    private static String shots(Section top) {
        String form = top.text("shot", "");
        return top.sections("shots").stream()
                .map(shot -> shot(shot.require("question", "answer"), form))
                .collect(Collectors.joining());
    }

    private static String shot(Section shot, String form) {
        String text = form.replace("{answer}", shot.text("answer", "")).replace(QUESTION, shot.text("question", ""));
        shot.end();
        return text.endsWith("\n") ? text + "\n" : text;
    }

    private static String[] extractions() {
        Stream<String> programs = Stream.of(TermKind.Code.BLOCK, TermKind.Code.QUESTION);
        return Stream.concat(Arrays.stream(Extraction.values()).map(Extraction::label), programs)
                .toArray(String[]::new);
    }

    /** As a further row of the base, under its own name. */
    PromptVariant variant() {
        return PromptVariant.newBuilder()
                .setLabel("base, prompt " + name)
                .setPrompt(template)
                .setExtraction(extraction)
                .addAllStop(stop)
                .build();
    }
}
