package dev.thirteen.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.engine.device.DeviceDecoder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DecodeProfileTest {
    @Test
    void partsAreListedWithTheirSharesAndTheBound() {
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put("attention", 300.0);
        parts.put("head", 100.0);
        parts.put(DeviceDecoder.WHOLE_STEP, 320.0);
        assertThat(DecodeProfile.text("a card", parts, 200)).isEqualTo("""
                a card
                attention                     300 us   75 %
                head                          100 us   25 %
                sum                           400 us  100 %
                whole step                    320 us   80 %
                bound                         200 us   50 %
                """);
    }
}
