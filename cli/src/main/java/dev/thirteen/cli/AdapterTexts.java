package dev.thirteen.cli;

import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Adapters as text. */
final class AdapterTexts {
    /** Numbers that a screen is worth. */
    private static final int MOST_NUMBERS = 100;

    private AdapterTexts() {}

    static String table(List<NamedAdapter> adapters) {
        if (adapters.isEmpty()) return "no adapters yet\n";
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("adapter", "family", "numbers", "freedom", "bytes", "committed"));
        for (NamedAdapter named : adapters) {
            List<String> row = new ArrayList<>(size(named));
            row.add(RunTexts.instant(named.getCommittedUnixNano()));
            rows.add(row);
        }
        return TextTable.render(rows);
    }

    /** Their sizes as a table, whose first row is its head. */
    static List<List<String>> sizes(List<NamedAdapter> adapters) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("adapter", "family", "numbers", "effective degrees of freedom", "bytes"));
        for (NamedAdapter named : adapters) rows.add(size(named));
        return rows;
    }

    private static List<String> size(NamedAdapter named) {
        return List.of(
                name(named),
                named.getFamily(),
                Long.toString(named.getTrainedNumbers()),
                RunTexts.freedom(named.getDegreesOfFreedom()),
                Long.toString(named.getValueBytes()));
    }

    static String details(NamedAdapter named) {
        Adapter adapter = named.getAdapter();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("adapter", name(named)));
        rows.add(List.of("base", named.getBaseModel().getFolder()));
        rows.add(List.of("shape", adapter.hasTinylora() ? RunTexts.adapter(adapter.getTinylora()) : ofFamily(named)));
        rows.add(List.of("basis", adapter.getBasisDigest()));
        rows.add(List.of("digest", adapter.getDigest()));
        rows.add(List.of("committed", RunTexts.instant(named.getCommittedUnixNano())));
        rows.add(List.of("values", amount(named)));
        if (!adapter.getValuesDigest().isEmpty()) rows.add(List.of("", "in blob " + adapter.getValuesDigest()));
        return TextTable.render(rows) + numbers(adapter);
    }

    /** The adapter in a line: {@code mine@1: LoRA, 1152 numbers, 4608 bytes, on tiny-arithmetic}. */
    static String sentence(NamedAdapter named) {
        return "%s: %s, %s, on %s"
                .formatted(
                        name(named),
                        named.getFamily(),
                        amount(named),
                        named.getBaseModel().getFolder());
    }

    private static String name(NamedAdapter named) {
        PolicyVersion version = named.getPolicyVersion();
        return version.getRun() + "@" + version.getStep();
    }

    private static String amount(NamedAdapter named) {
        return RunTexts.size(named.getTrainedNumbers(), named.getDegreesOfFreedom(), named.getValueBytes());
    }

    private static String ofFamily(NamedAdapter named) {
        return named.getFamily() + ", values " + type(named.getAdapter()).name().toLowerCase(Locale.ROOT);
    }

    private static String numbers(Adapter adapter) {
        if (!adapter.getValuesDigest().isEmpty()) return "  (its numbers: --values FILE)\n";
        float[] values = type(adapter).decode(adapter.getValues().toByteArray());
        StringBuilder numbers = new StringBuilder();
        for (int i = 0; i < Math.min(MOST_NUMBERS, values.length); i++) {
            numbers.append(String.format(Locale.ROOT, "  %.6g%n", values[i]));
        }
        if (values.length > MOST_NUMBERS) {
            numbers.append(String.format(
                    Locale.ROOT, "  and %d more (all of them: --values FILE)%n", values.length - MOST_NUMBERS));
        }
        return numbers.toString();
    }

    private static ValueType type(Adapter adapter) {
        var type = adapter.hasTinylora() ? adapter.getTinylora().getValueType() : adapter.getValueType();
        return switch (type) {
            case VALUE_TYPE_BF16 -> ValueType.BF16;
            case VALUE_TYPE_FP16 -> ValueType.FP16;
            case VALUE_TYPE_FP32, VALUE_TYPE_UNSPECIFIED, UNRECOGNIZED -> ValueType.FP32;
        };
    }
}
