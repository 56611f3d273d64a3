package dev.thirteen.cli.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

class PlotImageTest {
    private static final Plot PLOT = new Plot(
            "Accuracy",
            "numbers",
            "accuracy",
            true,
            List.of(new Plot.Line(
                    "GRPO",
                    List.of(new Plot.Point(42, 0.6, 0.02), new Plot.Point(1, 0.4, 0.01), new Plot.Point(0, 0.4, 0)))),
            List.of(new Plot.Level("base", 0.375)));

    @Test
    void pointsStandInOrderAndALogarithmicAxisHasNoZero() {
        assertThat(PLOT.lines().getFirst().points()).extracting(Plot.Point::x).containsExactly(1.0, 42.0);
    }

    @Test
    void theSameFigureIsTheSameSvg() {
        String svg = PlotImage.of(PLOT).svg();

        assertThat(svg)
                .startsWith("<?xml")
                .contains("viewBox=\"0 0 860 430\"")
                .isEqualTo(PlotImage.of(PLOT).svg());
        assertThat(svg).doesNotContainPattern("\\d\\.\\d{3}").doesNotContainPattern("clip\\d");
        assertThat(svg.length()).isLessThan(120_000);
    }

    /** From 13 to 168 there is one power of ten; the outlines of 20 to 90 are what the longer axis lacks. */
    @Test
    void aShortLogarithmicAxisHasLabelsBetweenPowersOfTen() {
        assertThat(length(13, 168)).isGreaterThan(length(13, 261) + 1000);
        assertThat(length(100, 110)).isPositive();
        assertThat(length(13, 13)).isPositive();
    }

    private static int length(double first, double last) {
        List<Plot.Point> points = first == last
                ? List.of(new Plot.Point(first, 0.5, 0))
                : List.of(new Plot.Point(first, 0.4, 0), new Plot.Point(last, 0.6, 0));
        Plot plot = new Plot("A", "numbers", "a", true, List.of(new Plot.Line("l", points)), List.of());
        return assertTimeoutPreemptively(
                        Duration.ofSeconds(120), () -> PlotImage.of(plot).svg())
                .length();
    }

    @Test
    void levelsAreToldApartByTheirDashes() {
        Plot.Level base = new Plot.Level("base", 0.375);
        assertThat(dashes(List.of(base, new Plot.Level("whole model", 0.5))))
                .hasSize(dashes(List.of(base)).size() + 1);
    }

    private static Set<String> dashes(List<Plot.Level> levels) {
        Plot plot = new Plot("Accuracy", "steps", "accuracy", false, PLOT.lines(), levels);
        return Pattern.compile("stroke-dasharray:([^;\"]+)")
                .matcher(PlotImage.of(plot).svg())
                .results()
                .map(dash -> dash.group(1))
                .collect(Collectors.toSet());
    }

    @Test
    void anXmlReaderTakesTheSvg() throws Exception {
        DocumentBuilderFactory readers = DocumentBuilderFactory.newInstance();
        // Where its document type is defined is no concern of a browser, nor of this test, which reaches no network.
        readers.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        byte[] svg = PlotImage.of(PLOT).svg().getBytes(StandardCharsets.UTF_8);

        var root = readers.newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg))
                .getDocumentElement();

        assertThat(root.getTagName()).isEqualTo("svg");
        assertThat(root.getElementsByTagName("path").getLength()).isGreaterThan(10);
    }

    @Test
    void thePngIsTwiceAsLarge() throws IOException {
        var image = ImageIO.read(new ByteArrayInputStream(PlotImage.of(PLOT).png()));

        assertThat(image.getWidth()).isEqualTo(1720);
        assertThat(image.getHeight()).isEqualTo(860);
    }
}
