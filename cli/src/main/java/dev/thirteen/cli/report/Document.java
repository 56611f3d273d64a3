package dev.thirteen.cli.report;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Headings, paragraphs, tables and figures, as one HTML page that needs no other file, or as Markdown. */
public final class Document {
    private sealed interface Part {}

    private record Heading(String text) implements Part {}

    private record Paragraph(String text) implements Part {}

    /** The first row is the head. */
    private record Table(List<List<String>> rows) implements Part {}

    private record Figure(String title, String file, String svg) implements Part {}

    private static final String STYLE = """
            :root { color-scheme: light dark; }
            body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1240px; padding: 1rem 1.25rem 4rem; }
            h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin: 1.6rem 0 .2rem; }
            .wide { overflow-x: auto; } img { max-width: 100%; background: #fff; }
            table { border-collapse: collapse; font-size: .9em; font-variant-numeric: tabular-nums; margin: .4rem 0; }
            th, td { border-bottom: 1px solid #8884; padding: .2rem .5rem; text-align: left; white-space: nowrap; }
            .number { text-align: right; }
            """;
    /** Numbers stand below each other by their last digit. */
    private static final Pattern NUMBER = Pattern.compile("[-+]?[0-9][0-9.,:eE+-]*");

    private final String title;
    private final List<Part> parts = new ArrayList<>();

    /** @param title of the page */
    public Document(String title) {
        this.title = title;
    }

    /** Adds a heading below the title. */
    public Document heading(String text) {
        parts.add(new Heading(text));
        return this;
    }

    /** Adds a paragraph of plain text. */
    public Document paragraph(String text) {
        parts.add(new Paragraph(text));
        return this;
    }

    /** Adds a table, whose first row is its head. */
    public Document table(List<List<String>> rows) {
        parts.add(new Table(rows.stream().map(List::copyOf).toList()));
        return this;
    }

    /** Adds a figure. @param file where Markdown finds it, seen from the Markdown */
    public Document figure(String caption, String file, String svg) {
        parts.add(new Figure(caption, file, svg));
        return this;
    }

    /** The page. */
    public String html() {
        String body = parts.stream().map(Document::html).collect(Collectors.joining("\n"));
        return """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%1$s</title>
                <style>
                %2$s</style>
                </head>
                <body>
                <h1>%1$s</h1>
                %3$s
                </body>
                </html>
                """.formatted(Page.escaped(title), STYLE, body);
    }

    private static String html(Part part) {
        return switch (part) {
            case Heading(String text) -> "<h2>" + Page.escaped(text) + "</h2>";
            case Paragraph(String text) -> "<p>" + Page.escaped(text) + "</p>";
            case Table(List<List<String>> rows) -> tableHtml(rows);
            case Figure(String caption, String _, String svg) ->
                "<p><img alt=\"%s\" src=\"data:image/svg+xml;base64,%s\"></p>"
                        .formatted(
                                Page.escaped(caption),
                                Base64.getEncoder().encodeToString(svg.getBytes(StandardCharsets.UTF_8)));
        };
    }

    private static String tableHtml(List<List<String>> rows) {
        List<String> kinds = IntStream.range(0, rows.getFirst().size())
                .mapToObj(column -> numeric(rows, column) ? " class=\"number\"" : "")
                .toList();
        StringBuilder html = new StringBuilder("<div class=\"wide\"><table>");
        for (int row = 0; row < rows.size(); row++) html.append(rowHtml(rows.get(row), row == 0 ? "th" : "td", kinds));
        return html + "</table></div>";
    }

    private static String rowHtml(List<String> texts, String cell, List<String> kinds) {
        StringBuilder html = new StringBuilder("<tr>");
        for (int i = 0; i < texts.size(); i++) {
            html.append("<%1$s%2$s>%3$s</%1$s>".formatted(cell, kinds.get(i), Page.escaped(texts.get(i))));
        }
        return html + "</tr>\n";
    }

    private static boolean numeric(List<List<String>> rows, int column) {
        List<String> cells = rows.stream()
                .skip(1)
                .map(row -> row.get(column))
                .filter(cell -> !cell.isEmpty())
                .toList();
        return !cells.isEmpty()
                && cells.stream().allMatch(cell -> NUMBER.matcher(cell).matches());
    }

    /** The same in Markdown. */
    public String markdown() {
        return "# " + title + "\n\n" + parts.stream().map(Document::markdown).collect(Collectors.joining("\n"));
    }

    private static String markdown(Part part) {
        return switch (part) {
            case Heading(String text) -> "## " + text + "\n";
            case Paragraph(String text) -> text + "\n";
            case Table(List<List<String>> rows) ->
                line(rows.getFirst())
                        + line(rows.getFirst().stream().map(_ -> "---").toList())
                        + rows.stream().skip(1).map(Document::line).collect(Collectors.joining());
            case Figure(String caption, String file, String _) -> "![%s](%s)\n".formatted(caption, file);
        };
    }

    private static String line(List<String> cells) {
        return cells.stream().map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |\n"));
    }
}
