package dev.thirteen.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.verifier.Question.Form;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Cases of a file of JSON Lines. */
final class CaseFile {
    /** One comparison and whether it should hold. */
    record Case(int line, String gold, String prediction, boolean expected, Question question) {}

    private CaseFile() {}

    static List<Case> read(Path file) throws IOException {
        List<Case> cases = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        int line = 0;
        for (String text : Files.readAllLines(file)) {
            line++;
            if (text.isBlank()) continue;
            JsonNode node = json.readTree(text);
            Form form = node.path("kind").asText("answer").equals("completion") ? Form.COMPLETION : Form.ANSWER;
            OptionalInt precision =
                    node.has("precision") ? OptionalInt.of(node.get("precision").asInt()) : OptionalInt.empty();
            boolean letters = node.path("match_types").toString().contains("NativeLetters");
            Question question = Conventions.question(
                    form,
                    node.path("convention").asText(""),
                    precision,
                    node.path("allow_set_relation_comp").asBoolean(false),
                    letters);
            cases.add(new Case(
                    line,
                    node.get("gold").asText(),
                    node.get("prediction").asText(),
                    node.get("expected").asBoolean(),
                    question));
        }
        return cases;
    }
}
