package dev.thirteen.core.adapter;

/** What a run chooses of an adapter of another family than TinyLoRA; its base model gives the widths. */
public sealed interface FamilySpec {
    /** See {@link dev.thirteen.core.adapter.LoraXs}; A = Σ Vᵀ, B = U. */
    record LoraXs(int rank, double alpha) implements FamilySpec {}

    /** See {@link dev.thirteen.core.adapter.Lora}; s is α/r, or α/√r where it is stabilised (arXiv 2312.03732). */
    record Lora(int rank, double alpha, boolean rankStabilised) implements FamilySpec {}

    /** See {@link dev.thirteen.core.adapter.ShareLora}. */
    record ShareLora(int rank, double alpha, dev.thirteen.core.adapter.ShareLora.Shared shared) implements FamilySpec {}

    /** See {@link dev.thirteen.core.adapter.Vera}. */
    record Vera(int rank) implements FamilySpec {}

    /** See {@link dev.thirteen.core.adapter.BitFit}; biases may be added where the base has none. */
    record BitFit(boolean addBiases) implements FamilySpec {}

    /** See {@link FullWeights}. */
    record Full() implements FamilySpec {}

    /** See {@link dev.thirteen.core.adapter.AdaLora}; s is α over the initial rank, whatever is kept. */
    record AdaLora(double alpha, RankSchedule schedule, Importance importance) implements FamilySpec {}

    /**
     * See {@link dev.thirteen.core.adapter.WeightLora}.
     *
     * @param weightRate learning rate of the ω
     * @param kept K, most modules that keep their adapter
     */
    record WeightLora(int rank, double alpha, double weightRate, int kept) implements FamilySpec {}

    /**
     * How AdaLoRA judges its triplets (arXiv 2303.10512, equations 8 to 11).
     *
     * @param sensitivityDecay β₁
     * @param uncertaintyDecay β₂
     * @param orthogonality γ, the weight of the orthogonality term
     */
    record Importance(double sensitivityDecay, double uncertaintyDecay, double orthogonality) {}

    /** The family's name as papers write it. */
    default String label() {
        return switch (this) {
            case LoraXs _ -> "LoRA-XS";
            case Lora _ -> "LoRA";
            case ShareLora _ -> "ShareLoRA";
            case Vera _ -> "VeRA";
            case BitFit _ -> "BitFit";
            case Full _ -> "full weights";
            case AdaLora _ -> "AdaLoRA";
            case WeightLora _ -> "WeightLoRA";
        };
    }

    /** Largest rank of a module; 0 for a family without. */
    default int largestRank() {
        return switch (this) {
            case LoraXs spec -> spec.rank();
            case Lora spec -> spec.rank();
            case ShareLora spec -> spec.rank();
            case Vera spec -> spec.rank();
            case BitFit _ -> 0;
            case Full _ -> 0;
            case AdaLora spec -> spec.schedule().initialRank();
            case WeightLora spec -> spec.rank();
        };
    }
}
