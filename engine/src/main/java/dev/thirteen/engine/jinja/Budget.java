package dev.thirteen.engine.jinja;

/** Bounds what one rendering may do, because a template comes from a model's folder. */
final class Budget {
    /** Characters of one text, the output among them. */
    static final int TEXT = 8 << 20;

    /** Items of one list. */
    static final int ITEMS = 1_000_000;

    /** Bits of one integer. */
    static final int BITS = 1 << 16;

    /** Nested evaluations, about what Python's own limit of 1000 frames leaves. */
    static final int DEPTH = 500;

    /** Characters that are copied in one step. */
    static final int CHARACTERS_PER_STEP = 8;

    private long steps = 50_000_000;
    private int depth;

    /** Counts some steps of work. */
    void spend(long count) {
        steps -= count;
        if (steps < 0) throw new Problem("the template takes too long");
    }

    /** Counts a text that is about to be made. */
    void text(long length) {
        if (length > TEXT) throw new Problem("the template makes a text of more than " + TEXT + " characters");
        spend(1 + length / CHARACTERS_PER_STEP);
    }

    /** Counts the work of reading a whole value. */
    void read(Object value) {
        switch (value) {
            case String text -> spend(1 + text.length() / CHARACTERS_PER_STEP);
            case Markup markup -> read(markup.text());
            case Dict dict -> spend(1 + dict.size());
            case DictView view -> spend(1 + view.dict().size());
            default -> spend(1);
        }
    }

    /** Counts a list that is about to be made. */
    void items(long count) {
        if (count > ITEMS) throw new Problem("the template makes a list of more than " + ITEMS + " items");
        spend(1 + count);
    }

    /** Goes one level deeper; {@link #leave} ends it. */
    void enter() {
        spend(1);
        if (++depth > DEPTH) throw new Problem("the template is nested too deeply");
    }

    void leave() {
        depth--;
    }
}
