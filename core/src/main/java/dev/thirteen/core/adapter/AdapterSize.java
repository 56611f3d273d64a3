package dev.thirteen.core.adapter;

/**
 * How large an adapter is.
 *
 * @param numbers trained values
 * @param degreesOfFreedom directions in which they can move the modules
 */
public record AdapterSize(int numbers, int degreesOfFreedom) {
    /** Of a TinyLoRA on a base. */
    public static AdapterSize of(ModelShape shape, TinyLoraSpec spec) {
        TiePlan plan = TiePlan.of(shape, spec);
        return new AdapterSize(plan.trainedNumbers(), plan.degreesOfFreedom(spec.rank()));
    }
}
