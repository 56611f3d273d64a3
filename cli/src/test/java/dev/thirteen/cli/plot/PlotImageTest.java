package dev.thirteen.cli.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
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

    @Test
    void thePngIsTwiceAsLarge() throws IOException {
        var image = ImageIO.read(new ByteArrayInputStream(PlotImage.of(PLOT).png()));

        assertThat(image.getWidth()).isEqualTo(1720);
        assertThat(image.getHeight()).isEqualTo(860);
    }
}
