package dev.thirteen.verifier.notation;

/** Brings the many ways of typing the same mathematics to one. Linear in the text. */
final class Spelling {
    private static final String PLAIN_SIGNS =
            "\u2212-\u2013-\u2014-\uff0d-\ufe63-\u00d7*\u22c5*\u00b7*\u2217*\u2219*\uff0a*\u00f7/\u2215/\u2044/\uff0f/\uff0b+"
                    + "\uff1d=\uff1c<\uff1e>\uff08(\uff09)\uff3b[\uff3d]\uff0c,\u3001,\uff1b;\uff1a:\uff0e.\u3002.\uff05%\u060c,"
                    + "\u066b.\u066c,\u2236:\uff5b{\uff5d}\u2223|\u2019'\u2032'\u2018'\u201c\"\u201d\"\u00a0 \u202f \u2009 \u200b "
                    + "\u2003 \u2002 \u3000 \u20ac \u00a3 \u00a5 \u20b9 ";
    private static final String[] COMMANDS = {
        "\u2264",
        "\\le ",
        "\u2a7d",
        "\\le ",
        "\u2265",
        "\\ge ",
        "\u2a7e",
        "\\ge ",
        "\u2260",
        "\\ne ",
        "\u2248",
        "\\approx ",
        "\u221e",
        "\\infty ",
        "\u03c0",
        "\\pi ",
        "\u221a",
        "\\sqrt ",
        "\u222a",
        "\\cup ",
        "\u2229",
        "\\cap ",
        "\u2208",
        "\\in ",
        "\u2216",
        "\\setminus ",
        "\u2205",
        "\\emptyset ",
        "\u00b1",
        "\\pm ",
        "\u2213",
        "\\mp ",
        "\u00b0",
        "^\\circ ",
        "\u211d",
        "\\mathbb{R}",
        "\u2124",
        "\\mathbb{Z}",
        "\u2115",
        "\\mathbb{N}",
        "\u211a",
        "\\mathbb{Q}",
        "\u2102",
        "\\mathbb{C}",
        "\u00bd",
        "\\frac{1}{2}",
        "\u00bc",
        "\\frac{1}{4}",
        "\u00be",
        "\\frac{3}{4}",
        "\u2155",
        "\\frac{1}{5}",
        "\u2156",
        "\\frac{2}{5}",
        "\u2157",
        "\\frac{3}{5}",
        "\u2158",
        "\\frac{4}{5}",
        "\u2159",
        "\\frac{1}{6}",
        "\u215a",
        "\\frac{5}{6}",
        "\u215b",
        "\\frac{1}{8}",
        "\u215c",
        "\\frac{3}{8}",
        "\u215d",
        "\\frac{5}{8}",
        "\u215e",
        "\\frac{7}{8}",
        "\u2150",
        "\\frac{1}{7}",
        "\u2151",
        "\\frac{1}{9}",
        "\u2152",
        "\\frac{1}{10}",
        "\u221b",
        "\\sqrt[3] ",
        "\u221c",
        "\\sqrt[4] ",
        "\u2153",
        "\\frac{1}{3}",
        "\u2154",
        "\\frac{2}{3}",
        "\u2026",
        "\\ldots ",
        "\u22ef",
        "\\ldots ",
        "\u03b1",
        "\\alpha ",
        "\u03b2",
        "\\beta ",
        "\u03b3",
        "\\gamma ",
        "\u03b8",
        "\\theta ",
        "\u03bb",
        "\\lambda ",
        "\u03c6",
        "\\phi ",
        "\u03c9",
        "\\omega ",
        "\u03bc",
        "\\mu ",
        "\u03c3",
        "\\sigma ",
        "\u0394",
        "\\Delta ",
        "\u2220",
        "\\angle ",
        "\u27e8",
        "\\langle ",
        "\u27e9",
        "\\rangle ",
        "\u230a",
        "\\lfloor ",
        "\u230b",
        "\\rfloor ",
        "\u2308",
        "\\lceil ",
        "\u2309",
        "\\rceil "
    };

    /** Exponents and subscripts, each with its plain sign at the same place. */
    private static final String RAISED =
            "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b\u207a\u207f";

    private static final String LOWERED =
            "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089\u208b\u208a\u2099";
    private static final String PLAIN = "0123456789-+n";

    private Spelling() {}

    /** Where a row of signs of one kind ends that begins here. */
    private static int run(String text, int start, String signs) {
        int end = start;
        while (end < text.length() && text.charAt(end) > 127 && signs.indexOf(text.charAt(end)) >= 0) end++;
        return end;
    }

    static String plain(String text) {
        String halved = halved(text);
        StringBuilder out = new StringBuilder(halved.length() + 16);
        for (int i = 0; i < halved.length(); i++) {
            char c = halved.charAt(i);
            int raised = run(halved, i, RAISED);
            int lowered = raised > i ? i : run(halved, i, LOWERED);
            if (raised > i || lowered > i) {
                String signs = raised > i ? RAISED : LOWERED;
                out.append(raised > i ? "^{" : "_{");
                for (int end = Math.max(raised, lowered); i < end; i++)
                    out.append(PLAIN.charAt(signs.indexOf(halved.charAt(i))));
                out.append('}');
                i--;
            } else if (c < 128) {
                out.append(c == '\n' || c == '\t' || c == '\r' ? ' ' : c);
            } else {
                appendSpecial(out, c);
            }
        }
        return out.toString();
    }

    private static void appendSpecial(StringBuilder out, char c) {
        int plain = PLAIN_SIGNS.indexOf(c);
        if (plain >= 0 && plain % 2 == 0) {
            out.append(PLAIN_SIGNS.charAt(plain + 1));
            return;
        }
        if (Character.isDigit(c)) { // full-width, Arabic and other digits
            out.append((char) ('0' + Character.digit(c, 10)));
            return;
        }
        if (c >= '\uff21' && c <= '\uff5a') {
            out.append((char) (c - '\uff21' + 'A'));
            return;
        }
        for (int i = 0; i < COMMANDS.length; i += 2) {
            if (COMMANDS[i].charAt(0) == c) {
                out.append(COMMANDS[i + 1]);
                return;
            }
        }
        out.append(c);
    }

    /** Backslashes doubled by a JSON writer become single again; those that end a row of a matrix stay. */
    private static String halved(String text) {
        if (!text.contains("\\\\")) return text;
        if (text.contains("\\\\begin{")) return text.replace("\\\\", "\\");
        if (text.contains("\\begin{")) return text;
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean doubled = c == '\\' && i + 2 < text.length() && text.charAt(i + 1) == '\\';
            if (doubled && startsCommand(text.charAt(i + 2))) continue;
            out.append(c);
        }
        return out.toString();
    }

    private static boolean startsCommand(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || "()[]{},;!%$".indexOf(c) >= 0;
    }
}
