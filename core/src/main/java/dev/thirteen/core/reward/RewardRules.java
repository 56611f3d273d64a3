package dev.thirteen.core.reward;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.failure.FieldRules;
import dev.thirteen.core.reward.TermKind.Comparison;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What the terms of a reward must fulfil. */
final class RewardRules {
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,63}");
    private static final Pattern ADDRESS =
            Pattern.compile("[A-Za-z0-9.-]{1,253}:[0-9]{1,5}|\\[[0-9a-fA-F:]{2,45}]:[0-9]{1,5}");
    private static final int MOST_TEXT = 2_000;
    private static final List<String> SCORERS =
            Arrays.stream(Scorer.values()).map(Scorer::label).toList();
    private static final List<String> EXTRACTIONS =
            Arrays.stream(Extraction.values()).map(Extraction::label).toList();

    private final FieldRules rules = new FieldRules();
    private final Set<String> names = new HashSet<>();

    private RewardRules() {}

    static List<FieldProblem> problems(RewardSpec spec, String path) {
        RewardRules rules = new RewardRules();
        int count = spec.terms().size();
        rules.rules.range(path, count, 1, RewardSpec.MOST_TERMS);
        for (int i = 0; i < Math.min(count, RewardSpec.MOST_TERMS); i++) {
            rules.term(spec.terms().get(i), path + "." + i);
        }
        boolean counts = spec.terms().stream().anyMatch(term -> !term.gate() && term.weight() != 0);
        rules.rules.require(path, counts, "need one that is no gate and has a weight: the reward would always be 0");
        return rules.rules.problems();
    }

    private void term(RewardTerm term, String path) {
        String name = term.name();
        rules.require(
                path + ".name",
                NAME.matcher(name).matches(),
                "must be 1 to 63 lower-case letters, digits and hyphens, not '" + name + "'");
        rules.require(path + ".name", names.add(name), "is '" + name + "' again: name one of the two");
        rules.within(path + ".weight", term.weight(), -100, 100);
        rules.require(
                path + ".weight", !term.gate() || term.weight() == 0, "has no meaning for a gate, which multiplies");
        rules.require(
                path + ".gate",
                !(term.gate() && term.kind() instanceof TermKind.Service),
                "must be false for a service: its rewards may be any number");
        kind(term.kind(), path);
    }

    private void kind(TermKind kind, String path) {
        switch (kind) {
            case TermKind.Answer(Comparison comparison) -> comparison(comparison, path);
            case TermKind.WrongLabel(Comparison comparison) -> comparison(comparison, path);
            case TermKind.FormatOnly(String extraction) -> rules.oneOf(path + ".extraction", extraction, EXTRACTIONS);
            case TermKind.Closeness(String extraction, double tolerance) -> {
                rules.oneOf(path + ".extraction", extraction, EXTRACTIONS);
                boolean sensible = tolerance > 0 && tolerance <= 1e6;
                rules.require(path + ".tolerance", sensible, "must be above 0 and at most 1e6, not " + tolerance);
            }
            case TermKind.Pattern(String expression) -> text(path + ".pattern", expression);
            case TermKind.Template(String template) -> template(path + ".template", template);
            case TermKind.Length(int full, int zero) -> {
                rules.range(path + ".full-until", full, 0, 1_000_000);
                rules.range(path + ".zero-from", zero, Math.max(0, full) + 1L, 1_000_001);
            }
            case TermKind.Code code -> code(code, path);
            case TermKind.Service service -> service(service, path);
            case TermKind.Chance(double probability) -> rules.within(path + ".probability", probability, 0, 1);
            case TermKind.Choice _ -> {}
            case TermKind.None _ -> rules.require(path + ".type", false, "is not set, or is not known here");
        }
    }

    private void comparison(Comparison comparison, String path) {
        rules.oneOf(path + ".scorer", comparison.scorer(), SCORERS);
        rules.oneOf(path + ".extraction", comparison.extraction(), EXTRACTIONS);
    }

    private void template(String path, String template) {
        text(path, template);
        String ambiguous = TextTemplate.ANY + "\\s*" + TextTemplate.ANY;
        boolean apart = !Pattern.compile(ambiguous.replace("{", "\\{"))
                .matcher(template)
                .find();
        rules.require(path, apart, "has {text} twice with nothing between them");
    }

    private void text(String path, String text) {
        rules.require(path, !text.isBlank(), "is empty");
        rules.require(path, text.length() <= MOST_TEXT, "has " + text.length() + " characters; at most " + MOST_TEXT);
    }

    private void code(TermKind.Code code, String path) {
        rules.oneOf(path + ".program", code.program(), List.of(TermKind.Code.BLOCK, TermKind.Code.QUESTION));
        rules.range(path + ".limit-ms", code.millis(), 100, 60_000);
        rules.range(path + ".memory-mib", code.mebibytes(), 64, 4_096);
    }

    private void service(TermKind.Service service, String path) {
        rules.require(
                path + ".address",
                ADDRESS.matcher(service.address()).matches(),
                "must be HOST:PORT, not '" + service.address() + "'");
        rules.range(path + ".deadline-ms", service.millis(), 1, 600_000);
        rules.range(path + ".retries", service.retries(), 0, 10);
    }
}
