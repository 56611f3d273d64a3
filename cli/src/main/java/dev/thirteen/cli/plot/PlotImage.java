package dev.thirteen.cli.plot;

import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A figure as XChart draws it. */
public final class PlotImage {
    private static final int WIDTH = 860;
    private static final int HEIGHT = 430;
    /** A logarithmic axis up to this ratio of its ends has labels between powers of ten too: on a longer one they would overlap. */
    private static final double MOST_TICKED = 20;
    /** A PNG has this many pixels a unit. */
    private static final int SCALE = 2;

    /** Not that of a version: XML is 1.0, and no reader takes 1. */
    private static final Pattern DECIMAL = Pattern.compile("(?<!version=\")-?\\d+\\.\\d+");

    private static final Pattern CLIP = Pattern.compile("clip(\\d{3,})");
    /** Told apart by eyes that see fewer colours too (Okabe and Ito 2008). */
    private static final List<Color> COLOURS = List.of(
            new Color(0x0072B2),
            new Color(0xD55E00),
            new Color(0x009E73),
            new Color(0xCC79A7),
            new Color(0xE69F00),
            new Color(0x56B4E9),
            new Color(0x000000),
            new Color(0xA0A000));

    private static final List<BasicStroke> DASHES =
            List.of(SeriesLines.DASH_DASH, SeriesLines.DOT_DOT, SeriesLines.DASH_DOT);

    static {
        // Nothing is shown: no display is needed.
        System.setProperty("java.awt.headless", "true");
    }

    private final XYChart chart;

    private PlotImage(XYChart chart) {
        this.chart = chart;
    }

    /** Lays a figure out. */
    public static PlotImage of(Plot plot) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(plot.title())
                .xAxisTitle(plot.xTitle())
                .yAxisTitle(plot.yTitle())
                .build();
        style(chart, plot);
        int index = 0;
        for (Plot.Line line : plot.lines()) add(chart, line, COLOURS.get(index++ % COLOURS.size()));
        int level = 0;
        for (Plot.Level one : plot.levels()) add(chart, one, plot, DASHES.get(level++ % DASHES.size()));
        return new PlotImage(chart);
    }

    private static void style(XYChart chart, Plot plot) {
        chart.getStyler()
                .setXAxisLogarithmic(plot.logarithmic())
                .setXAxisLogarithmicDecadeOnly(plot.most() > MOST_TICKED * plot.least())
                .setPlotGridLinesStroke(SeriesLines.SOLID)
                .setPlotGridLinesColor(new Color(0xE6E6E6))
                .setErrorBarsColor(new Color(0x606060))
                .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11))
                .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12))
                .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 13))
                .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11))
                .setLegendPosition(LegendPosition.OutsideE)
                .setLegendBorderColor(Color.WHITE)
                .setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setPlotGridVerticalLinesVisible(false).setLocale(Locale.ROOT);
    }

    private static void add(XYChart chart, Plot.Line line, Color colour) {
        double[] spread = line.points().stream().mapToDouble(Plot.Point::spread).toArray();
        boolean bars = line.points().stream().anyMatch(point -> point.spread() > 0);
        double[] x = line.points().stream().mapToDouble(Plot.Point::x).toArray();
        double[] y = line.points().stream().mapToDouble(Plot.Point::y).toArray();
        XYSeries series = bars ? chart.addSeries(line.label(), x, y, spread) : chart.addSeries(line.label(), x, y);
        series.setLineColor(colour);
        series.setMarkerColor(colour);
        series.setMarker(SeriesMarkers.CIRCLE);
    }

    private static void add(XYChart chart, Plot.Level level, Plot plot, BasicStroke dashes) {
        double[] x = {plot.least(), plot.most()};
        XYSeries series = chart.addSeries(level.label(), x, new double[] {level.y(), level.y()});
        series.setLineColor(Color.DARK_GRAY);
        series.setLineStyle(dashes);
        series.setMarker(SeriesMarkers.NONE);
    }

    /** The figure as SVG, the same for the same figure; text is drawn as outlines, so that it needs no fonts. */
    public String svg() {
        VectorGraphics2D graphics = new VectorGraphics2D();
        chart.paint(graphics, WIDTH, HEIGHT);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            Processors.get("svg")
                    .getDocument(graphics.getCommands(), new PageSize(WIDTH, HEIGHT))
                    .writeTo(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stable(rounded(bytes.toString(StandardCharsets.UTF_8)));
    }

    /** A hundredth of a unit is finer than anyone sees, and halves the file. */
    private static String rounded(String svg) {
        return DECIMAL.matcher(svg)
                .replaceAll(number -> String.format(Locale.ROOT, "%.2f", Double.parseDouble(number.group()))
                        .replaceFirst("\\.?0+$", ""));
    }

    /** Clips are named by hash codes, which differ from one process to the next. */
    private static String stable(String svg) {
        List<String> names = CLIP.matcher(svg)
                .results()
                .map(result -> result.group(1))
                .distinct()
                .toList();
        String named = svg;
        for (int i = 0; i < names.size(); i++) named = named.replace("clip" + names.get(i), "clip-" + i);
        return named;
    }

    /** The figure as a PNG of twice the resolution of screens of old. */
    public byte[] png() {
        BufferedImage image = new BufferedImage(WIDTH * SCALE, HEIGHT * SCALE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.scale(SCALE, SCALE);
        chart.paint(graphics, WIDTH, HEIGHT);
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
