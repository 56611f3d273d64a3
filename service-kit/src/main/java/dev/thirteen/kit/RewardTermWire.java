package dev.thirteen.kit;

import com.google.re2j.PatternSyntaxException;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.reward.RewardTerm;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.reward.TermKind.Comparison;
import dev.thirteen.proto.rollout.v1.AnswerTerm;
import dev.thirteen.proto.rollout.v1.CodeTerm;
import dev.thirteen.proto.rollout.v1.FormatTerm;
import dev.thirteen.proto.rollout.v1.ServiceTerm;
import dev.thirteen.proto.rollout.v1.WrongLabelTerm;
import java.util.ArrayList;
import java.util.List;

/** Terms of a reward from the wire. Maps any value: whether it is allowed is core's to say, but for regular expressions. */
public final class RewardTermWire {
    private RewardTermWire() {}

    /** Terms as they came. */
    public static List<RewardTerm> terms(List<dev.thirteen.proto.rollout.v1.RewardTerm> wire) {
        return wire.stream()
                .map(term -> new RewardTerm(term.getName(), term.getWeight(), term.getGate(), kind(term)))
                .toList();
    }

    /** Every bad field of a reward, that of regular expressions included. */
    public static List<FieldProblem> problems(RewardSpec spec, String path) {
        List<FieldProblem> problems = new ArrayList<>(spec.problems(path));
        problems.addAll(expressions(spec, path));
        return problems;
    }

    /** Regular expressions that are none. */
    public static List<FieldProblem> expressions(RewardSpec spec, String path) {
        List<FieldProblem> problems = new ArrayList<>();
        for (int i = 0; i < spec.terms().size(); i++) {
            if (!(spec.terms().get(i).kind() instanceof TermKind.Pattern(String expression))) continue;
            try {
                com.google.re2j.Pattern.compile(expression);
            } catch (PatternSyntaxException e) {
                String reason = "is no regular expression of RE2: " + e.getDescription();
                problems.add(new FieldProblem(path + "." + i + ".pattern", reason));
            }
        }
        return problems;
    }

    private static TermKind kind(dev.thirteen.proto.rollout.v1.RewardTerm term) {
        return switch (term.getKindCase()) {
            case ANSWER -> answer(term.getAnswer());
            case CHOICE -> new TermKind.Choice();
            case CLOSENESS ->
                new TermKind.Closeness(
                        term.getCloseness().getExtraction(), term.getCloseness().getTolerance());
            case FORMAT -> format(term.getFormat());
            case LENGTH ->
                new TermKind.Length(
                        term.getLength().getFullUntil(), term.getLength().getZeroFrom());
            case CODE -> code(term.getCode());
            case SERVICE -> service(term.getService());
            case RANDOM -> new TermKind.Chance(term.getRandom().getProbability());
            case FORMAT_ONLY -> new TermKind.FormatOnly(term.getFormatOnly().getExtraction());
            case WRONG_LABEL -> wrongLabel(term.getWrongLabel());
            case KIND_NOT_SET -> new TermKind.None();
        };
    }

    private static TermKind answer(AnswerTerm term) {
        return new TermKind.Answer(new Comparison(term.getScorer(), term.getExtraction()));
    }

    private static TermKind wrongLabel(WrongLabelTerm term) {
        return new TermKind.WrongLabel(new Comparison(term.getScorer(), term.getExtraction()));
    }

    private static TermKind format(FormatTerm term) {
        return term.hasTemplate() ? new TermKind.Template(term.getTemplate()) : new TermKind.Pattern(term.getPattern());
    }

    private static TermKind code(CodeTerm term) {
        return new TermKind.Code(term.getProgram(), term.getLimitMs(), term.getMemoryMib());
    }

    private static TermKind service(ServiceTerm term) {
        return new TermKind.Service(term.getAddress(), term.getTls(), term.getDeadlineMs(), term.getRetries());
    }
}
