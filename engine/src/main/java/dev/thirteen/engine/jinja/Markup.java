package dev.thirteen.engine.jinja;

/** A text marked as safe HTML; for printing it is like any other. */
record Markup(String text) {
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace(">", "&gt;")
                .replace("<", "&lt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }
}
