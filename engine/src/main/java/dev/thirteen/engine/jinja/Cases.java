package dev.thirteen.engine.jinja;

import java.util.Locale;

/** Upper and lower case and the kinds of characters, as str has them. */
final class Cases {
    private Cases() {}

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static String capitalized(String text) {
        if (text.isEmpty()) return text;
        int end = text.offsetByCodePoints(0, 1);
        return titled(text.codePointAt(0)) + lower(text.substring(end));
    }

    /** upper, lower, title, capitalize or swapcase. */
    static String changed(String name, String text) {
        return switch (name) {
            case "upper" -> upper(text);
            case "lower" -> lower(text);
            case "title" -> title(text);
            case "capitalize" -> capitalized(text);
            case "swapcase" -> swapped(text);
            default -> throw new IllegalStateException(name);
        };
    }

    private static String titled(int c) {
        if (Character.toTitleCase(c) != c || Character.isTitleCase(c))
            return Character.toString(Character.toTitleCase(c));
        String upper = upper(Character.toString(c));
        return upper.length() == 1 ? upper : upper.substring(0, 1) + lower(upper.substring(1));
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean inside = false;
        for (int c : text.codePoints().toArray()) {
            title.append(inside ? lower(Character.toString(c)) : titled(c));
            inside = isCased(c);
        }
        return title.toString();
    }

    private static String swapped(String text) {
        StringBuilder swapped = new StringBuilder();
        text.codePoints()
                .mapToObj(Character::toString)
                .forEach(c -> swapped.append(Character.isUpperCase(c.codePointAt(0)) ? lower(c) : upper(c)));
        return swapped.toString();
    }

    private static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    /** isdigit, isalpha and the like. */
    static boolean is(String name, String text) {
        return switch (name) {
            case "isspace" -> Characters.isSpace(text);
            case "isalpha" -> Characters.all(text, Character::isLetter);
            case "isdecimal" -> Characters.all(text, Character::isDigit);
            case "isdigit" -> Characters.all(text, Cases::isDigit);
            case "isalnum" -> Characters.all(text, Cases::isAlphanumeric);
            case "isascii" -> text.codePoints().allMatch(c -> c < 0x80);
            case "isprintable" -> text.codePoints().allMatch(Characters::isPrintable);
            case "islower" ->
                text.codePoints().anyMatch(Character::isLowerCase)
                        && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
            case "isupper" ->
                text.codePoints().anyMatch(Character::isUpperCase)
                        && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
            case "istitle" -> isTitle(text);
            default -> throw new IllegalStateException(name);
        };
    }

    private static boolean isDigit(int c) {
        return Character.isDigit(c)
                || Character.getType(c) == Character.OTHER_NUMBER
                        && Character.getNumericValue(c) >= 0
                        && Character.getNumericValue(c) <= 9;
    }

    /** Letters and numbers of all kinds. */
    static boolean isAlphanumeric(int c) {
        return Character.isLetterOrDigit(c)
                || Character.getType(c) == Character.LETTER_NUMBER
                || Character.getType(c) == Character.OTHER_NUMBER;
    }

    private static boolean isTitle(String text) {
        boolean inside = false;
        boolean any = false;
        for (int c : text.codePoints().toArray()) {
            boolean starts = Character.isUpperCase(c) || Character.isTitleCase(c);
            if (starts && inside || Character.isLowerCase(c) && !inside) return false;
            inside = isCased(c);
            any |= inside;
        }
        return any;
    }
}
