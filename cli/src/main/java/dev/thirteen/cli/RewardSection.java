package dev.thirteen.cli;

import dev.thirteen.proto.rollout.v1.AnswerTerm;
import dev.thirteen.proto.rollout.v1.ChoiceTerm;
import dev.thirteen.proto.rollout.v1.ClosenessTerm;
import dev.thirteen.proto.rollout.v1.CodeTerm;
import dev.thirteen.proto.rollout.v1.FormatOnlyTerm;
import dev.thirteen.proto.rollout.v1.FormatTerm;
import dev.thirteen.proto.rollout.v1.LengthTerm;
import dev.thirteen.proto.rollout.v1.RandomTerm;
import dev.thirteen.proto.rollout.v1.RewardTerm;
import dev.thirteen.proto.rollout.v1.ServiceTerm;
import dev.thirteen.proto.rollout.v1.WrongLabelTerm;
import dev.thirteen.proto.training.v1.Reward;
import java.util.List;
import java.util.Map;

/** The reward of a run file: one comparison, or a list of terms. docs/rewards.md says what each key means. */
final class RewardSection {
    private static final Map<String, String> SCORERS = Section.words("exact", "numeric", "math");
    private static final Map<String, String> EXTRACTIONS =
            Section.words("boxed", "hash", "last-number", "auto", "text");
    private static final Map<String, String> TYPES = Section.words(
            "exact",
            "numeric",
            "math",
            "choice",
            "closeness",
            "format",
            "length",
            "code",
            "service",
            "random",
            "format-only",
            "wrong-label");

    private RewardSection() {}

    static Reward read(Section section) {
        Reward.Builder reward = Reward.newBuilder();
        if (section.has("terms")) {
            for (String key : new String[] {"scorer", "extraction"}) {
                section.idle(key, "beside terms");
            }
        } else {
            section.require("scorer", "extraction");
        }
        reward.setScorer(section.choice("scorer", SCORERS, ""))
                .setExtraction(section.choice("extraction", EXTRACTIONS, ""));
        int before = section.problems();
        for (Section term : section.sections("terms")) reward.addTerms(term(term));
        boolean none = reward.getTermsCount() == 0 && section.problems() == before;
        if (section.has("terms") && none) section.problem("terms", "is empty (must have one or more)");
        section.end();
        return reward.build();
    }

    /** Whether all that counts in a reward are controls: chance, form alone, wrong labels. */
    static boolean controls(Reward reward) {
        List<RewardTerm> counting = reward.getTermsList().stream()
                .filter(term -> term.getGate() || term.getWeight() != 0)
                .toList();
        return !counting.isEmpty() && counting.stream().allMatch(RewardSection::control);
    }

    private static boolean control(RewardTerm term) {
        return switch (term.getKindCase()) {
            case RANDOM, FORMAT_ONLY, WRONG_LABEL -> true;
            case ANSWER, CHOICE, CLOSENESS, FORMAT, LENGTH, CODE, SERVICE, KIND_NOT_SET -> false;
        };
    }

    private static RewardTerm term(Section section) {
        section.require("type");
        String type = section.choice("type", TYPES, "");
        boolean gate = section.flag("gate", false);
        if (gate && section.has("weight")) section.problem("weight", "has no meaning for a gate, which multiplies");
        double weight = section.number("weight", RunDefaults.TERM_WEIGHT);
        RewardTerm.Builder term = RewardTerm.newBuilder()
                .setName(section.text("name", type))
                .setWeight(gate ? 0 : weight)
                .setGate(gate);
        if (!type.isEmpty()) {
            kind(type, section, term);
            section.end();
        }
        return term.build();
    }

    private static void kind(String type, Section section, RewardTerm.Builder term) {
        switch (type) {
            case "exact", "numeric", "math" ->
                term.setAnswer(AnswerTerm.newBuilder().setScorer(type).setExtraction(extraction(section)));
            case "choice" -> term.setChoice(ChoiceTerm.getDefaultInstance());
            case "closeness" ->
                term.setCloseness(ClosenessTerm.newBuilder()
                        .setExtraction(extraction(section))
                        .setTolerance(number(section, "tolerance")));
            case "format" -> term.setFormat(format(section));
            case "length" ->
                term.setLength(LengthTerm.newBuilder()
                        .setFullUntil(count(section, "full-until"))
                        .setZeroFrom(count(section, "zero-from")));
            case "code" -> term.setCode(code(section));
            case "service" -> term.setService(service(section));
            case "random" -> term.setRandom(RandomTerm.newBuilder().setProbability(number(section, "probability")));
            case "format-only" -> term.setFormatOnly(FormatOnlyTerm.newBuilder().setExtraction(extraction(section)));
            default ->
                term.setWrongLabel(WrongLabelTerm.newBuilder()
                        .setScorer(section.choice("scorer", SCORERS, "math"))
                        .setExtraction(extraction(section)));
        }
    }

    private static FormatTerm format(Section section) {
        if (section.has("pattern") == section.has("template")) {
            section.problem("type", "format needs either pattern or template");
        }
        String pattern = section.text("pattern", "");
        String template = section.text("template", "");
        return section.has("template")
                ? FormatTerm.newBuilder().setTemplate(template).build()
                : FormatTerm.newBuilder().setPattern(pattern).build();
    }

    private static CodeTerm code(Section section) {
        return CodeTerm.newBuilder()
                .setProgram(section.choice("program", Section.words("block", "question"), "block"))
                .setLimitMs(section.duration("limit", RunDefaults.CODE_LIMIT).toMillis())
                .setMemoryMib(section.count("memory-mib", RunDefaults.CODE_MEMORY_MIB))
                .build();
    }

    private static ServiceTerm service(Section section) {
        section.require("address");
        return ServiceTerm.newBuilder()
                .setAddress(section.text("address", ""))
                .setTls(section.flag("tls", false))
                .setDeadlineMs(section.duration("deadline", RunDefaults.SERVICE_DEADLINE)
                        .toMillis())
                .setRetries(section.count("retries", RunDefaults.SERVICE_RETRIES))
                .build();
    }

    private static String extraction(Section section) {
        section.require("extraction");
        return section.choice("extraction", EXTRACTIONS, "");
    }

    private static double number(Section section, String key) {
        return section.require(key).number(key, 0);
    }

    private static int count(Section section, String key) {
        return section.require(key).count(key, 0);
    }
}
