package dev.thirteen.core.adapter;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression for paths of modules, of a run file or an adapter's config. Whoever writes these chooses it, and some
 * expressions go back over a text for ages: the characters that it looks at are counted.
 */
public final class PathExpression {
    /** A sound expression looks at some hundred characters of a path. */
    private static final int MOST_LOOKS = 1_000_000;

    /** Says that an expression cannot be used, and why. */
    public static final class Unusable extends Exception {
        private static final long serialVersionUID = 1;

        Unusable(String why) {
            super(why);
        }
    }

    private final Pattern pattern;

    private PathExpression(Pattern pattern) {
        this.pattern = pattern;
    }

    /** @throws Unusable for what is no expression */
    public static PathExpression of(String expression) throws Unusable {
        // Whoever wrote it may have meant Python's, where this is nothing but two characters.
        if (expression.contains("&&")) throw new Unusable("&& in a class is no intersection in Python");
        try {
            // Python's form of a group with a name.
            return new PathExpression(Pattern.compile(expression.replace("(?P<", "(?<")));
        } catch (PatternSyntaxException e) {
            throw new Unusable(e.getDescription());
        }
    }

    /** Whether the whole path is of this form. @throws Unusable when it takes too long to tell */
    public boolean matches(String path) throws Unusable {
        try {
            return matcher(path).matches();
        } catch (TooLong | StackOverflowError e) {
            throw tooLong();
        }
    }

    /** Whether the path begins so. @throws Unusable when it takes too long to tell */
    public boolean begins(String path) throws Unusable {
        try {
            return matcher(path).lookingAt();
        } catch (TooLong | StackOverflowError e) {
            throw tooLong();
        }
    }

    private Matcher matcher(String path) {
        return pattern.matcher(new Counted(path, new int[1]));
    }

    private static Unusable tooLong() {
        return new Unusable("it takes too long");
    }

    /** What ends a match. */
    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLong() {
            super("", null, false, false);
        }
    }

    /** @param looks one number, shared with its parts */
    private record Counted(String text, int[] looks) implements CharSequence {
        @Override
        public char charAt(int index) {
            if (++looks[0] > MOST_LOOKS) throw new TooLong();
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.substring(start, end), looks);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
