package dev.thirteen.core.adapter;

/**
 * One adapter family on one base: how its trained values, a flat vector, change each module, and how a gradient by these
 * changes becomes one by the values. Frozen tensors are part of the family; values are not. Immutable.
 */
public sealed interface AdapterFamily
        permits TinyLora, LoraXs, Lora, AdaLora, Vera, ShareLora, WeightLora, BitFit, FullWeights {
    /** Which part of an update depends on the values. */
    enum TrainedPart {
        /** R alone: A and B are frozen and shared by all values. */
        CORE,
        /** A and B; R is the identity. */
        FACTORS,
        /** The bias. */
        BIAS
    }

    /** The family's name as papers write it. */
    default String label() {
        return switch (this) {
            case TinyLora _ -> "TinyLoRA";
            case LoraXs _ -> "LoRA-XS";
            case Lora _ -> "LoRA";
            case AdaLora _ -> "AdaLoRA";
            case Vera _ -> "VeRA";
            case ShareLora _ -> "ShareLoRA";
            case WeightLora _ -> "WeightLoRA";
            case BitFit _ -> "BitFit";
            case FullWeights _ -> "full weights";
        };
    }

    TrainedPart trainedPart();

    /** Length of the value vector. */
    int trainedNumbers();

    /**
     * Directions in which the values can move the modules: their number, less what moves values and leaves all products as
     * they are.
     */
    int degreesOfFreedom();

    /** The values that training starts with; all of them give the base's function. */
    float[] start(long seed);

    /**
     * The update of a module.
     *
     * @param module index in {@link ModelShape#modules()}
     * @param values trained values; empty stands for zeros
     * @return {@link ModuleUpdate#NONE} for a module that is not adapted
     */
    ModuleUpdate update(int module, float[] values);

    /** Adds to {@code gradient} what a module's part of the chain rule gives: dLoss/dvalues from dLoss/dupdate. */
    void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient);
}
