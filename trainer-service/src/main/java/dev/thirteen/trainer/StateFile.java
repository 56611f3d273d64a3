package dev.thirteen.trainer;

import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.training.TrainedState;
import dev.thirteen.core.training.TrainedState.Averages;
import dev.thirteen.proto.training.v1.OptimizerState;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * A state as a file, of more bytes than a protobuf message can have: a mark, updates, skipped steps in a row, the count of
 * numbers of each array, then master, moments and averages in fp32, little-endian.
 */
final class StateFile {
    /** Begins no message, whose first byte is the tag of a field. */
    private static final byte[] MARK = {0, '1', '3', 's', 't', 'a', 't', 'e'};

    private static final int PIECE_BYTES = 1 << 20;

    private StateFile() {}

    static void write(TrainedState state, int skippedInARow, OutputStream to) throws IOException {
        DataOutputStream out = new DataOutputStream(to);
        out.write(MARK);
        out.writeLong(state.adam().step());
        out.writeInt(skippedInARow);
        List<float[]> arrays = arrays(state);
        for (float[] array : arrays) out.writeInt(array.length);
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] array : arrays) {
            for (int done = 0; done < array.length; done += PIECE_BYTES / Float.BYTES) {
                int count = Math.min(PIECE_BYTES / Float.BYTES, array.length - done);
                piece.asFloatBuffer().put(array, done, count);
                out.write(piece.array(), 0, count * Float.BYTES);
            }
        }
        out.flush();
    }

    private static List<float[]> arrays(TrainedState state) {
        return List.of(
                state.adam().master(),
                state.adam().first(),
                state.adam().second(),
                state.averages().sensitivity(),
                state.averages().uncertainty());
    }

    /** Reads a file of this form, or a message. @throws IOException where it is neither */
    static OptimizerWire.Kept read(InputStream from, long size) throws IOException {
        PushbackInputStream in = new PushbackInputStream(from);
        int first = in.read();
        if (first < 0) throw new IOException("an empty state");
        in.unread(first);
        if (first != MARK[0]) return OptimizerWire.kept(OptimizerState.parseFrom(in));
        return numbers(new DataInputStream(in), size);
    }

    private static OptimizerWire.Kept numbers(DataInputStream in, long size) throws IOException {
        if (!Arrays.equals(in.readNBytes(MARK.length), MARK)) throw new IOException("no state of this form");
        long updates = in.readLong();
        int skippedInARow = in.readInt();
        int[] counts = new int[5];
        long bytes = MARK.length + Long.BYTES + Integer.BYTES * (1L + counts.length);
        for (int i = 0; i < counts.length; i++) {
            counts[i] = in.readInt();
            bytes += (long) Float.BYTES * counts[i];
            // Before memory is taken for them.
            if (counts[i] < 0) throw new IOException("a negative count");
        }
        if (bytes != size) throw new IOException("counts of %d bytes in a file of %d".formatted(bytes, size));
        float[][] arrays = new float[counts.length][];
        for (int i = 0; i < counts.length; i++) arrays[i] = array(in, counts[i]);
        return new OptimizerWire.Kept(
                new TrainedState(
                        new AdamState(arrays[0], arrays[1], arrays[2], updates), new Averages(arrays[3], arrays[4])),
                skippedInARow);
    }

    private static float[] array(DataInputStream in, int count) throws IOException {
        float[] array = new float[count];
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int done = 0; done < count; done += PIECE_BYTES / Float.BYTES) {
            int some = Math.min(PIECE_BYTES / Float.BYTES, count - done);
            in.readFully(piece.array(), 0, some * Float.BYTES);
            piece.asFloatBuffer().get(array, done, some);
        }
        return array;
    }
}
