package dev.thirteen.core.answer;

import dev.thirteen.core.answer.Candidate.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the sentences of a text say, where it announces no answer. */
final class Clauses {
    private static final int LONGEST_SENTENCE = 500;
    private static final int LONGEST_ANSWER = 40;
    private static final String[] VERBS = {
        " are ", " is ", " was ", " has ", " have ", " get ", " takes ", " costs ", " equals ", " at ", " = "
    };

    private static final Pattern POLAR = Pattern.compile(
            "[\\s*\"]*+(yes|no|true|false)\\b\\*{0,2}+(?=\\s*+(?:[,.!:;*\\n]|$))", Pattern.CASE_INSENSITIVE);

    /** A heading behind the answer, with no answer behind it. */
    private static final Pattern CHECK = Pattern.compile(
            "(?:^|\\n|[.!] )[*\\s]{0,4}+(?:check|checking|verify|verification|to verify|to check|confidence|\u043f\u0440\u043e\u0432\u0435\u0440\u043a\u0430)"
                    + "(?::|,)",
            Pattern.CASE_INSENSITIVE);

    private static final int LONGEST_ASIDE = 100;
    private static final Pattern ASIDE = Pattern.compile(
            "\\s\\((?:about|approximately|roughly|or|that is|i\\.e\\.)[^()]*+\\)[.!\\s]*+$", Pattern.CASE_INSENSITIVE);

    private static final Pattern CONCLUSION = Pattern.compile(
            "\\b(?:so|thus|hence|therefore|total|finally|answer)\\b|\\\\boxed|####", Pattern.CASE_INSENSITIVE);

    private static final Pattern EITHER = Pattern.compile("[^\\p{L}\\\\]+? or [^\\p{L}\\\\]++");

    /** Where a value is taken is not the value: "-3, attained at x = 1". */
    private static final Pattern PLACE = Pattern.compile(
            ",\\s(?:which (?:is|occurs|happens) |and )?(?:attained|achieved|reached|obtained|occurring|at|when)\\s(?=.*[=\\d])",
            Pattern.CASE_INSENSITIVE);

    private Clauses() {}

    /** A text without the check of its answer, which repeats numbers of the problem, and without an aside at its end. */
    static String unchecked(String text) {
        int end = -1;
        Matcher check = CHECK.matcher(text);
        while (check.find()) end = check.start();
        boolean last =
                end > 0 && !CONCLUSION.matcher(text).region(end, text.length()).find();
        String checked = last ? text.substring(0, end + 1) : text;
        Matcher aside = ASIDE.matcher(checked);
        aside.region(Math.max(0, checked.length() - LONGEST_ASIDE), checked.length());
        return aside.find() ? checked.substring(0, aside.start()) : checked;
    }

    /** Yes or no at the beginning; all of a short text; and what the last sentence says that something is. */
    static List<Candidate> said(String text) {
        List<Candidate> found = new ArrayList<>();
        Matcher polar = POLAR.matcher(text);
        if (polar.lookingAt()) found.add(Candidate.of(polar.group(1), Mark.FORMULA));
        String all = Phrases.cleaned(text);
        if (all.length() <= LONGEST_ANSWER && all.indexOf('\n') < 0) found.add(clause(all));
        String whole = lastSentence(text);
        String sentence = withoutPlace(whole);
        int said = -1;
        for (String verb : VERBS) {
            int at = sentence.lastIndexOf(verb);
            if (at >= 0 && !isInFormula(sentence, at)) said = Math.max(said, at + verb.length());
        }
        if (said >= 0) {
            Candidate clause = clause(sentence.substring(said));
            boolean placed = sentence.length() < whole.length();
            found.add(placed ? Candidate.of(clause.text(), clause.mark()) : clause);
        }
        return found;
    }

    /** One of several is no answer, so that none of them is looked for any more. */
    private static Candidate clause(String said) {
        String clause = Phrases.mainClause(Phrases.cleaned(said));
        return new Candidate(clause, Mark.FORMULA, !EITHER.matcher(clause).matches());
    }

    private static String withoutPlace(String sentence) {
        Matcher place = PLACE.matcher(sentence);
        return place.find() && !isInFormula(sentence, place.start()) ? sentence.substring(0, place.start()) : sentence;
    }

    private static boolean isInFormula(String sentence, int at) {
        return sentence.chars().skip(at).filter(c -> c == '$').count() % 2 == 1;
    }

    private static String lastSentence(String text) {
        String plain = text.stripTrailing();
        int end = plain.endsWith(".") ? plain.length() - 1 : plain.length();
        int start = Math.max(0, end - LONGEST_SENTENCE);
        for (String stop : List.of(". ", "\n")) {
            int at = plain.lastIndexOf(stop, end - 1);
            if (at >= 0) start = Math.max(start, at + stop.length());
        }
        return plain.substring(start, end);
    }
}
