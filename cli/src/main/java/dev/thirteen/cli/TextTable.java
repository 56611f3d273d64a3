package dev.thirteen.cli;

import java.util.List;
import java.util.stream.Collectors;

/** Columns of text: the first to the left, others to the right where they are numbers. */
final class TextTable {
    private TextTable() {}

    /** The rows under their header, which is the first of them; each line ended by a newline. */
    static String render(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++)
                widths[i] = Math.max(widths[i], row.get(i).length());
        }
        return rows.stream().map(row -> line(row, rows, widths)).collect(Collectors.joining());
    }

    private static String line(List<String> row, List<List<String>> rows, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            if (i > 0) line.append("  ");
            String gap = " ".repeat(widths[i] - row.get(i).length());
            line.append(numeric(rows, i) ? gap + row.get(i) : row.get(i) + gap);
        }
        return line.toString().stripTrailing() + "\n";
    }

    private static boolean numeric(List<List<String>> rows, int column) {
        return rows.size() > 1
                && rows.stream().skip(1).map(row -> row.get(column)).allMatch(TextTable::isNumber);
    }

    private static boolean isNumber(String cell) {
        return cell.isEmpty()
                || Character.isDigit(cell.charAt(cell.length() - 1))
                        && !cell.contains("@")
                        && cell.matches("[\\-–+0-9.,:eE ]+");
    }
}
