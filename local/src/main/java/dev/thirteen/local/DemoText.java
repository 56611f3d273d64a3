package dev.thirteen.local;

import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.SigmaForm;
import dev.thirteen.proto.policy.v1.TinyLoraSpec;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunSpec;
import java.nio.file.Path;
import java.util.Locale;

/** What the demo says. */
final class DemoText {
    /** Back to the first column, and away with what stands in the line. */
    static final String CLEAR_LINE = "\r\u001b[2K";

    private static final int NUMBERS_A_LINE = 5;

    private DemoText() {}

    /** What is going to be trained. */
    static String introduction(Run run) {
        RunSpec spec = run.getState().getSpec();
        TinyLoraSpec adapter = spec.getAdapter();
        String text = """

                Run %s: GRPO on %s, %d steps of %d prompts x %d samples, T=%.0f
                Trained: %d numbers, %d effective degrees of freedom, %d bytes as sent
                Adapter: TinyLoRA u=%d, r=%d, %s
                Update:  %s

                """;
        return String.format(
                Locale.ROOT,
                text,
                run.getName(),
                Path.of(spec.getBaseModel().getFolder()).getFileName(),
                spec.getSteps(),
                spec.getGroupsPerStep(),
                spec.getSamplesPerGroup(),
                spec.getSampling().getTemperature(),
                run.getTrainedNumbers(),
                run.getDegreesOfFreedom(),
                run.getAdapterBytes(),
                adapter.getU(),
                adapter.getRank(),
                adapter.getTying() == Tying.TYING_ALL ? "one v for all modules" : "tied by depth",
                form(adapter.getSigmaForm()));
    }

    private static String form(SigmaForm form) {
        return form == SigmaForm.SIGMA_FORM_SQRT
                ? "W' = W + U \u221aS (sum of v_i P_i) \u221aS V', the form that PEFT computes"
                : "W' = W + U S (sum of v_i P_i) V', the form that the paper prints";
    }

    /** What was found, and what to try next. */
    static String result(String table, Run run, Adapter adapter, long seconds) {
        return """

                %s
                won, lost and p are against the base under the same decoding (two-sided exact McNemar test).
                On a model this small 13 numbers do not reach the ceiling, as the paper finds for small models.

                The adapter, all of it (%d bytes):
                %s
                %d seconds from the first process to this table.

                Next:
                  make up DATA=demo
                  bin/thirteen generate --adapter %s@%d "7*3-4+2?"
                  bin/thirteen run show %s

                """.formatted(
                        table.stripTrailing(),
                        adapter.getValues().size(),
                        numbers(adapter),
                        seconds,
                        run.getName(),
                        run.getState().getStep(),
                        run.getName());
    }

    private static String numbers(Adapter adapter) {
        ValueType type = switch (adapter.getTinylora().getValueType()) {
            case VALUE_TYPE_BF16 -> ValueType.BF16;
            case VALUE_TYPE_FP16 -> ValueType.FP16;
            default -> ValueType.FP32;
        };
        float[] values = type.decode(adapter.getValues().toByteArray());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < values.length; i++) {
            text.append(String.format(Locale.ROOT, " %11.6f", values[i]));
            if (i % NUMBERS_A_LINE == NUMBERS_A_LINE - 1 || i == values.length - 1) text.append('\n');
        }
        return text.toString();
    }
}
