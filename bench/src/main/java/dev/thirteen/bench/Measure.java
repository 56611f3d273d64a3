package dev.thirteen.bench;

import java.util.List;

/**
 * Something that is measured.
 *
 * @param onGpu whether it needs a GPU; otherwise it runs on the processor, though there be a GPU
 * @param needs what its peers need
 */
record Measure(String name, boolean onGpu, Needs needs, Work work) {
    /** Checks, then measures. */
    interface Work {
        List<Line> lines(String name, Place place);
    }

    /** The section of docs/benchmarks.md that its line stands in. */
    String section() {
        if (onGpu) return "gpu";
        return name.startsWith("verify-") ? "verifier" : "cpu";
    }

    private static Measure cpu(String name, Work work) {
        return new Measure(name, false, Needs.HUGGING_FACE, work);
    }

    private static Measure gpu(String name, Work work) {
        return new Measure(name, true, Needs.HUGGING_FACE, work);
    }

    private Measure with(Needs others) {
        return new Measure(name, onGpu, others, work);
    }

    /** All of them, in the order in which they run. */
    static List<Measure> all() {
        return List.of(
                cpu("cpu-decode-b32", CpuMeasures::decode),
                cpu("cpu-decode-ragged", CpuMeasures::ragged),
                cpu("cpu-prefill", CpuMeasures::prefill),
                cpu("cpu-gradient", CpuMeasures::gradient),
                cpu("cpu-adapters", CpuMeasures::adapters).with(Needs.NOTHING),
                cpu("load-model", CpuMeasures::load),
                cpu("runs-256", ManyRuns::lines).with(Needs.NOTHING),
                cpu("runs-256-system", SystemMeasures::runsTogether).with(Needs.NOTHING),
                cpu("step-overhead", SystemMeasures::stepOverhead).with(Needs.NOTHING),
                cpu("policy-sync", SystemMeasures::policySync).with(Needs.NOTHING),
                cpu("verify-simple", (name, place) -> Verifying.lines(name, place, "simple.jsonl"))
                        .with(Needs.MATH_VERIFY),
                cpu("verify-symbolic", (name, place) -> Verifying.lines(name, place, "symbolic.jsonl"))
                        .with(Needs.MATH_VERIFY),
                cpu("verify-mixed", (name, place) -> Verifying.lines(name, place, "mixed.jsonl"))
                        .with(Needs.MATH_VERIFY),
                gpu("gpu-decode-0.5b", (name, place) -> GpuMeasures.decode(name, place, Shapes.QWEN_0_5B, 59_055)),
                gpu("gpu-decode-1.5b", (name, place) -> GpuMeasures.decode(name, place, Shapes.QWEN_1_5B, 46_760)),
                gpu("gpu-decode-3b", (name, place) -> GpuMeasures.decode(name, place, Shapes.QWEN_3B, 33_013)),
                gpu("gpu-decode-ragged", GpuMeasures::ragged),
                gpu("gpu-nano", GpuMeasures::nano),
                gpu("gpu-one-stream", GpuMeasures::oneStream),
                gpu("gpu-adapters", GpuMeasures::adapters).with(Needs.NOTHING),
                gpu("gpu-gradient-0.5b", GpuMeasures::smallGradient),
                gpu("gpu-gradient-3b", GpuMeasures::largeGradient),
                gpu("gpu-gradient-3b-memory", GpuMeasures::gradientMemory).with(Needs.NOTHING),
                gpu("gpu-grpo-step", GpuMeasures::trainingStep));
    }
}
