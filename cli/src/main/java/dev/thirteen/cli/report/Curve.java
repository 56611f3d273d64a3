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
    private static final int LEFT = 64;
    private static final int BOTTOM = 46;
    private static final int TOP = 12;
    private static final int GRID = 5;
    /** Between two steps that are written below each other's dots, in pixels. */
    private static final double APART = 28;

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

    /** What the curve shows, in a line: {@code tiny, greedy: strict accuracy by step, with its 95 % interval}. */
    static String title(Evaluation evaluation, int decoding) {
        var spec = evaluation.getSpec();
        return "Run %s, %s: strict accuracy by step, with its 95 %% interval"
                .formatted(spec.getFollow().getRun(), Words.decoding(spec.getDecodings(decoding)));
    }

    /** The curve as SVG; empty where there is nothing to draw. */
    static String svg(Evaluation evaluation, int decoding) {
        List<Point> points = points(evaluation, decoding);
        if (points.size() < 2) return "";
        long last = points.getLast().step();
        StringBuilder svg =
                new StringBuilder("<svg class=\"curve\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">"
                        .formatted(WIDTH, HEIGHT, Page.escaped(title(evaluation, decoding))));
        axes(svg);
        steps(svg, points, last);
        lines(svg, points, last);
        return svg.append("</svg>").toString();
    }

    private static void axes(StringBuilder svg) {
        for (int i = 0; i <= GRID; i++) {
            double share = i / (double) GRID;
            String y = Words.format("%.1f", y(share));
            svg.append("<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%s\" y2=\"%s\"/>"
                            .formatted(LEFT, WIDTH - TOP, y, y))
                    .append("<text x=\"%d\" y=\"%s\" text-anchor=\"end\">%s</text>"
                            .formatted(LEFT - 6, Words.format("%.1f", y(share) + 4), Words.format("%.1f", share)));
        }
        int middle = TOP + (HEIGHT - TOP - BOTTOM) / 2;
        svg.append("<text x=\"14\" y=\"%1$d\" text-anchor=\"middle\" transform=\"rotate(-90 14 %1$d)\">accuracy</text>"
                        .formatted(middle))
                .append("<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>"
                        .formatted((LEFT + WIDTH - TOP) / 2, HEIGHT - 8));
    }

    /** Steps below their dots; where they stand close, not all of them, but the last. */
    private static void steps(StringBuilder svg, List<Point> points, long last) {
        double written = Double.POSITIVE_INFINITY;
        for (Point point : points.reversed()) {
            double x = x(point, last);
            if (written - x < APART) continue;
            written = x;
            svg.append("<text x=\"%s\" y=\"%d\" text-anchor=\"middle\">%d</text>"
                    .formatted(Words.format("%.1f", x), HEIGHT - BOTTOM + 18, point.step()));
        }
    }

    private static void lines(StringBuilder svg, List<Point> points, long last) {
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
    }

    private static String dot(Point point, long last) {
        String[] at = at(point, point.row().getAccuracy(), last).split(",");
        return "<circle cx=\"%s\" cy=\"%s\" r=\"3\"><title>step %d: %s (%s–%s)</title></circle>"
                .formatted(
                        at[0],
                        at[1],
                        point.step(),
                        Words.format("%.3f", point.row().getAccuracy()),
                        Words.format("%.3f", point.row().getAccuracyLow()),
                        Words.format("%.3f", point.row().getAccuracyHigh()));
    }

    private static String at(Point point, double share, long last) {
        return Words.format("%.1f", x(point, last)) + "," + Words.format("%.1f", y(share));
    }

    private static double x(Point point, long last) {
        return LEFT + (WIDTH - LEFT - TOP) * (point.step() / (double) Math.max(1, last));
    }

    private static double y(double share) {
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share);
    }
}
