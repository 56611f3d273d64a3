package dev.thirteen.cli.report;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** The learning curve of a followed run: accuracy by step, with its 95 % band. */
public final class Curve {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 260;
    private static final int LEFT = 46;
    private static final int BOTTOM = 30;
    private static final int TOP = 12;
    private static final int GRID = 5;

    /** A version's figures. */
    public record Point(long step, EvaluationRow row) {}

    private Curve() {}

    /** Versions of the run under one decoding in the order of their steps, the base as step 0. */
    public static List<Point> points(Evaluation evaluation, int decoding) {
        var sampling = evaluation.getSpec().getDecodings(decoding);
        return evaluation.getRowsList().stream()
                .filter(row -> row.getDecoding().equals(sampling) && row.getAnswers() > 0)
                .map(row -> new Point(step(row.getLabel()), row))
                .sorted(Comparator.comparingLong(Point::step))
                .toList();
    }

    private static long step(String label) {
        int at = label.indexOf('@');
        return at < 0 ? 0 : Long.parseLong(label.substring(at + 1));
    }

    /** The curve as SVG; empty where there is nothing to draw. */
    static String svg(Evaluation evaluation, int decoding) {
        List<Point> points = points(evaluation, decoding);
        if (points.size() < 2) return "";
        long last = points.getLast().step();
        StringBuilder svg = new StringBuilder(
                "<svg class=\"curve\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"accuracy by step\">"
                        .formatted(WIDTH, HEIGHT));
        for (int i = 0; i <= GRID; i++) {
            double share = i / (double) GRID;
            svg.append(Words.format(
                            "<line class=\"grid\" x1=\"46\" x2=\"720\" y1=\"%1$.1f\" y2=\"%1$.1f\"/>", y(share)))
                    .append("<text x=\"40\" y=\"%s\" text-anchor=\"end\">%s</text>"
                            .formatted(Words.format("%.1f", y(share) + 4), Words.format("%.1f", share)));
        }
        String above =
                points.stream().map(p -> at(p, p.row().getAccuracyHigh(), last)).collect(Collectors.joining(" "));
        String below = points.reversed().stream()
                .map(p -> at(p, p.row().getAccuracyLow(), last))
                .collect(Collectors.joining(" "));
        String line =
                points.stream().map(p -> at(p, p.row().getAccuracy(), last)).collect(Collectors.joining(" "));
        svg.append("<polygon class=\"band\" points=\"%s %s\"/><polyline class=\"line\" points=\"%s\"/>"
                .formatted(above, below, line));
        for (Point point : points) svg.append(dot(point, last));
        return svg.append("</svg>").toString();
    }

    private static String dot(Point point, long last) {
        String[] at = at(point, point.row().getAccuracy(), last).split(",");
        return "<circle cx=\"%s\" cy=\"%s\" r=\"3\"><title>step %d: %s (%s–%s)</title></circle><text x=\"%s\" y=\"%d\" text-anchor=\"middle\">%d</text>"
                .formatted(
                        at[0],
                        at[1],
                        point.step(),
                        Words.format("%.3f", point.row().getAccuracy()),
                        Words.format("%.3f", point.row().getAccuracyLow()),
                        Words.format("%.3f", point.row().getAccuracyHigh()),
                        at[0],
                        HEIGHT - 8,
                        point.step());
    }

    private static String at(Point point, double share, long last) {
        double x = LEFT + (WIDTH - LEFT - TOP) * (point.step() / (double) Math.max(1, last));
        return Words.format("%.1f", x) + "," + Words.format("%.1f", y(share));
    }

    private static double y(double share) {
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share);
    }
}
