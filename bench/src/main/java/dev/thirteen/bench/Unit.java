package dev.thirteen.bench;

/** What a figure counts; a ratio above one is good in each of them. */
enum Unit {
    TOKENS("tok/s", false),
    COMPARISONS("cmp/s", false),
    SECONDS("s", true),
    GIBIBYTES("GiB", true),
    SHARE("share", true);

    private final String text;
    private final boolean lowerIsBetter;

    Unit(String text, boolean lowerIsBetter) {
        this.text = text;
        this.lowerIsBetter = lowerIsBetter;
    }

    String text() {
        return text;
    }

    double ratio(double ours, double peer) {
        return lowerIsBetter ? peer / ours : ours / peer;
    }
}
