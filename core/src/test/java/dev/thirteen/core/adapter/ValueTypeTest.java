package dev.thirteen.core.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ValueTypeTest {
    private static final float[] AWKWARD = {
        0f, -0f, 1f, -1.5f, 0.1f, 65504f, 1e-7f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE
    };

    @ParameterizedTest
    @EnumSource
    void whatIsSentIsTheRoundedValue(ValueType type) {
        byte[] sent = type.encode(AWKWARD);

        assertThat(sent).hasSize(AWKWARD.length * type.bytes());
        assertThat(type.decode(sent)).isEqualTo(type.round(AWKWARD));
        assertThat(type.round(type.round(AWKWARD))).isEqualTo(type.round(AWKWARD));
    }

    @Test
    void bfloat16RoundsTiesToEven() {
        assertThat(ValueType.BF16.round(Float.intBitsToFloat(0x3f808000))).isEqualTo(Float.intBitsToFloat(0x3f800000));
        assertThat(ValueType.BF16.round(Float.intBitsToFloat(0x3f818000))).isEqualTo(Float.intBitsToFloat(0x3f820000));
        assertThat(ValueType.BF16.round(Float.intBitsToFloat(0x3f808001))).isEqualTo(Float.intBitsToFloat(0x3f810000));
        assertThat(ValueType.BF16.round(Float.intBitsToFloat(0x7f800001))).isNaN();
    }

    @Test
    void bytesAreLittleEndian() {
        assertThat(ValueType.BF16.encode(new float[] {1f})).containsExactly(0x80, 0x3f);
        assertThat(ValueType.FP16.encode(new float[] {1f})).containsExactly(0x00, 0x3c);
        assertThat(ValueType.FP32.encode(new float[] {1f})).containsExactly(0, 0, 0x80, 0x3f);
    }

    @Test
    void halfAValueIsRefused() {
        assertThatThrownBy(() -> ValueType.FP32.decode(new byte[6])).hasMessageContaining("6 bytes");
    }
}
