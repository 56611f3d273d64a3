package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.training.TrainedState;
import dev.thirteen.core.training.TrainedState.Averages;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StateFileTest {
    private static final SplittableRandom RANDOM = new SplittableRandom(13);

    private static float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = (float) RANDOM.nextDouble(-1, 1);
        return numbers;
    }

    private static TrainedState state(int count, int averages) {
        return new TrainedState(
                new AdamState(numbers(count), numbers(count), numbers(count), 7),
                new Averages(numbers(averages), numbers(averages)));
    }

    private static byte[] file(TrainedState state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StateFile.write(state, 2, out);
        return out.toByteArray();
    }

    private static OptimizerWire.Kept read(byte[] file) throws IOException {
        return StateFile.read(new ByteArrayInputStream(file), file.length);
    }

    /** To the bit. */
    static void assertSame(OptimizerWire.Kept actual, OptimizerWire.Kept expected) {
        assertThat(actual.skippedInARow()).isEqualTo(expected.skippedInARow());
        AdamState adam = expected.state().adam();
        assertThat(actual.state().adam().step()).isEqualTo(adam.step());
        assertThat(actual.state().adam().master()).isEqualTo(adam.master());
        assertThat(actual.state().adam().first()).isEqualTo(adam.first());
        assertThat(actual.state().adam().second()).isEqualTo(adam.second());
        Averages averages = expected.state().averages();
        assertThat(actual.state().averages().sensitivity()).isEqualTo(averages.sensitivity());
        assertThat(actual.state().averages().uncertainty()).isEqualTo(averages.uncertainty());
    }

    /** Of several pieces, whose last one is short. */
    @Test
    void isReadAsItWasWritten() throws IOException {
        for (int count : new int[] {1, 262_144, 600_001}) {
            TrainedState state = state(count, count);
            assertSame(read(file(state)), new OptimizerWire.Kept(state, 2));
        }
        TrainedState plain = state(5, 0);
        assertThat(file(plain)).hasSize(40 + 3 * 5 * 4);
        assertSame(read(file(plain)), new OptimizerWire.Kept(plain, 2));
    }

    @Test
    void aMessageIsReadToo() throws IOException {
        TrainedState state = state(100, 100);
        assertSame(read(OptimizerWire.optimizer(state, 2).toByteArray()), new OptimizerWire.Kept(state, 2));
    }

    /** Before memory is taken for what its counts claim. */
    @Test
    void aFileWhoseCountsAreNotItsSizeIsRefused() throws IOException {
        byte[] file = file(state(5, 0));
        byte[] claims = file.clone();
        claims[20] = 0x7f;
        assertThatThrownBy(() -> read(claims))
                .isInstanceOf(IOException.class)
                .hasMessage("counts of 8522825828 bytes in a file of 100");
        assertThatThrownBy(() -> read(Arrays.copyOf(file, 99))).hasMessage("counts of 100 bytes in a file of 99");
        assertThatThrownBy(() -> read(Arrays.copyOf(file, 12))).isInstanceOf(IOException.class);
        byte[] negative = file.clone();
        negative[20] = (byte) 0x80;
        assertThatThrownBy(() -> read(negative)).hasMessage("a negative count");
        file[3] = 'x';
        assertThatThrownBy(() -> read(file)).hasMessage("no state of this form");
        assertThatThrownBy(() -> read(new byte[0])).hasMessage("an empty state");
        assertThatThrownBy(() -> read(new byte[] {0x0a})).isInstanceOf(IOException.class);
    }
}
