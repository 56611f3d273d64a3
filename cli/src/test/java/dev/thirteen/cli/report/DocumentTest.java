package dev.thirteen.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DocumentTest {
    @Test
    void columnsOfNumbersStandToTheRight() {
        String html = new Document("sweep")
                .table(List.of(
                        List.of("tying", "n-tie", "difference", "moves most"),
                        List.of("all", "", "-0.055", "5.down"),
                        List.of("<tiled>", "1", "+1.3e-05", "2")))
                .html();

        assertThat(html)
                .contains("<tr><th>tying</th><th class=\"number\">n-tie</th><th class=\"number\">difference</th>"
                        + "<th>moves most</th></tr>")
                .contains("<tr><td>&lt;tiled&gt;</td><td class=\"number\">1</td><td class=\"number\">+1.3e-05</td>"
                        + "<td>2</td></tr>");
    }
}
