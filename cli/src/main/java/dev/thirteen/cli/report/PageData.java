package dev.thirteen.cli.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.policy.v1.FinishReason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers for the page: sets of problems, each with columns (a policy under a prompt and a decoding) and in each column
 * some answers. Evaluations of the same problems share a set, so that their columns can be compared.
 */
final class PageData {
    /** A page of more text than this opens in no browser; the files have all answers. */
    private static final long MOST_CHARACTERS = 64_000_000;

    private static final class Entry {
        private final EvaluationAnswer first;
        private final Map<Integer, List<EvaluationAnswer>> byColumn = new LinkedHashMap<>();

        Entry(EvaluationAnswer first) {
            this.first = first;
        }
    }

    private static final class Set {
        private final String title;
        private final List<String> columns = new ArrayList<>();
        private final Map<String, Entry> byProblem = new LinkedHashMap<>();

        Set(String title) {
            this.title = title;
        }
    }

    private final Map<String, Set> sets = new LinkedHashMap<>();
    private long characters;
    private boolean cut;

    /** The part of one evaluation. */
    final class Part {
        private final Evaluation evaluation;
        private final Set set;
        private final Map<String, Integer> columns = new LinkedHashMap<>();

        private Part(Evaluation evaluation, Set set) {
            this.evaluation = evaluation;
            this.set = set;
            // In the order of the table, whatever the order of the answers.
            evaluation
                    .getRowsList()
                    .forEach(row -> column(
                            row.getLabel(),
                            evaluation.getSpec().getDecodingsList().indexOf(row.getDecoding())));
        }

        void add(EvaluationAnswer answer) {
            characters += answer.getText().length() + answer.getQuestion().length();
            cut = characters > MOST_CHARACTERS;
            if (cut) return;
            set.byProblem
                    .computeIfAbsent(answer.getProblemId(), _ -> new Entry(answer))
                    .byColumn
                    .computeIfAbsent(column(answer.getLabel(), answer.getDecoding()), _ -> new ArrayList<>())
                    .add(answer);
        }

        private int column(String label, int decoding) {
            String key = decoding + " " + label;
            return columns.computeIfAbsent(key, _ -> {
                String name = label + ", " + Words.decoding(evaluation.getSpec().getDecodings(decoding));
                set.columns.add(set.columns.contains(name) ? name + " (" + evaluation.getId() + ")" : name);
                return set.columns.size() - 1;
            });
        }
    }

    Part part(Evaluation evaluation) {
        String key = evaluation.getSpec().getDataSet().toString()
                + evaluation.getSpec().hasProbe();
        return new Part(evaluation, sets.computeIfAbsent(key, _ -> new Set(Words.title(evaluation))));
    }

    /** As the page's script reads it. */
    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("cut", cut);
        ArrayNode all = json.putArray("sets");
        for (Set set : sets.values()) {
            ObjectNode node = all.addObject().put("title", set.title);
            set.columns.forEach(node.putArray("columns")::add);
            ArrayNode problems = node.putArray("problems");
            set.byProblem.values().forEach(entry -> problem(problems.addObject(), entry, set.columns.size()));
        }
        return json;
    }

    private static void problem(ObjectNode node, Entry entry, int columns) {
        node.put("id", entry.first.getProblemId())
                .put("q", entry.first.getQuestion())
                .put("gold", entry.first.getAnswer());
        ArrayNode cells = node.putArray("cells");
        for (int i = 0; i < columns; i++) {
            ArrayNode cell = cells.addArray();
            entry.byColumn.getOrDefault(i, List.of()).stream()
                    .sorted((a, b) -> Integer.compare(a.getSample(), b.getSample()))
                    .forEach(answer -> answer(cell.addObject(), answer));
        }
    }

    private static void answer(ObjectNode node, EvaluationAnswer answer) {
        node.put("t", answer.getText())
                .put("x", answer.getExtracted())
                .put("v", AnswerFiles.verdict(answer.getStrict()))
                .put("f", AnswerFiles.verdict(answer.getFlexible()))
                .put("ok", answer.getCorrect() ? 1 : 0)
                .put("n", answer.getTokens())
                .put("cut", answer.getFinishReason() == FinishReason.FINISH_REASON_LENGTH ? 1 : 0);
    }
}
