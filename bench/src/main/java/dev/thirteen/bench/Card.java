package dev.thirteen.bench;

/**
 * What a GPU can at most.
 *
 * @param bytesASecond of its memory
 * @param flops dense bf16 operations a second
 */
record Card(String name, double bytesASecond, double flops) {
    private static final double HOPPER_FLOPS = 989e12;
    private static final double H100_BYTES = 3.35e12;
    private static final double H200_BYTES = 4.8e12;

    static Card here() {
        String name = Machine.gpu().orElseThrow(() -> new IllegalStateException("no GPU"));
        return new Card(name, name.contains("H200") ? H200_BYTES : H100_BYTES, HOPPER_FLOPS);
    }

    /** The least time of a decode step: weights, cache and fp32 logits go through memory, and the products are made. */
    double stepSeconds(Shapes shape, int rows, int cachedTokens) {
        double weights = 2.0 * (shape.layerParameters() + shape.headParameters());
        double cache = (double) rows * cachedTokens * shape.cacheBytesAToken();
        double logits = 4.0 * rows * shape.vocabulary();
        double operations = 2.0 * rows * (shape.layerParameters() + shape.headParameters());
        return (weights + cache + logits) / bytesASecond + operations / flops;
    }
}
