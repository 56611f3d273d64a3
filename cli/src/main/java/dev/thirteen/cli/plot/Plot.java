package dev.thirteen.cli.plot;

import java.util.List;

/**
 * A figure: lines of points over one horizontal axis.
 *
 * @param logarithmic whether the horizontal axis is; points at or below 0 are then left out
 * @param levels horizontal lines, dashed
 */
public record Plot(
        String title, String xTitle, String yTitle, boolean logarithmic, List<Line> lines, List<Level> levels) {
    /** A line through its points, in the order of x. */
    public record Line(String label, List<Point> points) {
        public Line {
            points = points.stream()
                    .sorted((a, b) -> Double.compare(a.x(), b.x()))
                    .toList();
        }
    }

    /**
     * A point with its spread.
     *
     * @param spread half the length of its bar; 0 for none
     */
    public record Point(double x, double y, double spread) {}

    /** A horizontal line. */
    public record Level(String label, double y) {}

    public Plot {
        lines = lines.stream()
                .map(line -> new Line(
                        line.label(),
                        line.points().stream()
                                .filter(point -> !logarithmic || point.x() > 0)
                                .toList()))
                .filter(line -> !line.points().isEmpty())
                .toList();
        levels = List.copyOf(levels);
    }

    /** Whether there is nothing to draw. */
    public boolean empty() {
        return lines.isEmpty();
    }

    double least() {
        return lines.stream()
                .mapToDouble(line -> line.points().getFirst().x())
                .min()
                .orElse(0);
    }

    double most() {
        return lines.stream()
                .mapToDouble(line -> line.points().getLast().x())
                .max()
                .orElse(1);
    }
}
