package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A model's weights in the order of the loops, in memory of their own: matrices in strips, norms and biases as fp32. Shared
 * by decoders.
 */
public final class VectorModel implements AutoCloseable {
    /** Linears of a layer, in the order of a row's terms. */
    static final int KINDS = 4;

    static final int QKV = 0;
    static final int OUTPUT = 1;
    static final int GATE_UP = 2;
    static final int DOWN = 3;

    /** Matrices and vectors of one layer; biases and norms of heads have no numbers where the family has none. */
    record Layer(
            float[] inputNorm,
            Strips qkv,
            float[] qkvBias,
            Strips o,
            float[] oBias,
            float[] postNorm,
            Strips gateUp,
            float[] gateUpBias,
            Strips down,
            float[] downBias,
            float[] qNorm,
            float[] kNorm) {}

    /** Tensors of a layer in a source. */
    private static final int TENSORS = 12;

    private final Arena arena = Arena.ofShared();
    private final DecoderShape shape;
    private final Loops loops;
    private final WeightPart embedding;
    private final float[] finalNorm;
    private final Products products;
    private final Strips head;
    private final float[] frequencies;
    private final List<Layer> layers = new ArrayList<>();

    /**
     * A checkpoint's tensors; each a list of parts, empty for what the family does not have.
     *
     * @param shared embedding, final norm and, where it is not the embedding, head
     * @param layers twelve a layer: input norm, qkv, its bias, o, post norm, gate and up, down, q norm, k norm, biases of o,
     *     of gate and up, of down
     * @param frequencies of the rotary embedding
     */
    public record Source(List<List<WeightPart>> shared, List<List<WeightPart>> layers, float[] frequencies) {}

    /**
     * Copies the weights, all but the embedding, whose memory must stay.
     *
     * @param format of the matrices
     * @param kernels that multiply, for bf16 and a cache of bf16; the loops do where there are none
     * @param threads that copy
     */
    public VectorModel(DecoderShape shape, Source source, VectorFormat format, Optional<Brgemm> kernels, int threads) {
        this.shape = shape;
        this.loops = format.loops();
        this.products = kernels.filter(found -> format == VectorFormat.BF16 && fit(found, shape))
                .<Products>map(KernelProducts::new)
                .orElseGet(() -> new LoopProducts(loops));
        this.embedding = source.shared().getFirst().getFirst();
        this.finalNorm = vector(source.shared().get(1));
        this.frequencies = source.frequencies();
        try (Team team = new Team(threads)) {
            this.head = strips(
                    team,
                    source.shared().size() > 2
                            ? source.shared().get(2)
                            : source.shared().getFirst(),
                    shape.hidden());
            for (int i = 0; i < shape.layers(); i++) {
                layers.add(layer(team, source.layers().subList(i * TENSORS, (i + 1) * TENSORS)));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    private Layer layer(Team team, List<List<WeightPart>> from) {
        return new Layer(
                vector(from.get(0)),
                strips(team, from.get(1), shape.in(QKV)),
                vector(from.get(2)),
                strips(team, from.get(3), shape.in(OUTPUT)),
                vector(from.get(9)),
                vector(from.get(4)),
                strips(team, from.get(5), shape.in(GATE_UP)),
                vector(from.get(10)),
                strips(team, from.get(6), shape.in(DOWN)),
                vector(from.get(11)),
                vector(from.get(7)),
                vector(from.get(8)));
    }

    private static boolean fit(Brgemm kernels, DecoderShape shape) {
        return kernels.takes(shape.width())
                && IntStream.range(0, KINDS).allMatch(kind -> kernels.takes(shape.in(kind)));
    }

    private Strips strips(Team team, List<WeightPart> parts, int in) {
        int out = Math.toIntExact(parts.stream().mapToLong(WeightPart::count).sum() / in);
        return new Strips(arena, products, out, in).fill(team, parts);
    }

    /** What multiplies the matrices. */
    Products products() {
        return products;
    }

    /** In the format of the matrices: what is stored finer is rounded alike. */
    private float[] vector(List<WeightPart> parts) {
        float[] vector = new float
                [parts.stream().mapToInt(part -> Math.toIntExact(part.count())).sum()];
        int at = 0;
        for (WeightPart part : parts) for (int i = 0; i < part.count(); i++) vector[at++] = loops.rounded(part.at(i));
        return vector;
    }

    DecoderShape shape() {
        return shape;
    }

    /** Outputs of the widest product of a layer. */
    int widest() {
        return layers.stream()
                .mapToInt(layer -> Math.max(
                        Math.max(layer.qkv().width(), layer.gateUp().width()),
                        layer.down().width()))
                .max()
                .orElse(0);
    }

    /** Writes the embedding of a token. */
    void embed(int token, float[] into, int at) {
        long from = (long) token * shape.hidden();
        for (int i = 0; i < shape.hidden(); i++) into[at + i] = loops.rounded(embedding.at(from + i));
    }

    float[] finalNorm() {
        return finalNorm;
    }

    Strips head() {
        return head;
    }

    float[] frequencies() {
        return frequencies;
    }

    List<Layer> layers() {
        return layers;
    }

    /** No decoder may use it any more. */
    @Override
    public void close() {
        arena.close();
    }
}
