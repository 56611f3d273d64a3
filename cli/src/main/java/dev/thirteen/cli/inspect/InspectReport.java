package dev.thirteen.cli.inspect;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.thirteen.cli.plot.Plot;
import dev.thirteen.cli.plot.PlotImage;
import dev.thirteen.cli.report.Document;
import dev.thirteen.cli.report.ReportFolder;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What was found of an adapter's numbers, as tables and figures.
 *
 * @param part what a part is: "slot" or "number"
 * @param parts lengths of the parts
 * @param values trained numbers; not to be changed
 * @param adapters of which each is compared with each; the first is the one that was asked
 */
public record InspectReport(
        String name,
        String part,
        List<Integer> parts,
        Movement movement,
        float[] values,
        List<Effect> effects,
        List<Adapter> adapters) {
    /** The file for people. */
    public static final String PAGE = "report.html";

    /** Modules that a table names. */
    private static final int MOST_MODULES = 4;

    /** An adapter that is compared with others. */
    public record Adapter(String name, String basis, Movement movement, float[] values) {}

    /** All tables by their titles; the first row of each is its head. */
    public Map<String, List<List<String>>> tables() {
        Map<String, List<List<String>>> tables = new LinkedHashMap<>();
        tables.put("Size", sizes());
        tables.put("From the base (0) to the adapter (1) and beyond", interpolation());
        if (effects.stream().anyMatch(effect -> effect.variant().part() >= 0)) {
            tables.put("Each " + part + " without, and doubled", changes());
        }
        tables.put("How far the modules move (Frobenius norm of the change)", movements());
        if (adapters.size() > 1) tables.put("How alike the adapters are (cosine)", cosines());
        return tables;
    }

    private List<List<String>> sizes() {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("adapter", "trained numbers", "effective degrees of freedom"));
        for (Adapter adapter : adapters) {
            table.add(List.of(
                    adapter.name(),
                    Integer.toString(adapter.values().length),
                    Integer.toString(adapter.movement().lora().degreesOfFreedom())));
        }
        return table;
    }

    List<Effect> of(Variant.Kind kind) {
        return effects.stream()
                .filter(effect -> effect.variant().kind() == kind)
                .toList();
    }

    /** A figure of the adapter itself. */
    double trained(ToDoubleFunction<Effect> figure) {
        return scaled(1, figure);
    }

    /** A figure of all numbers times a scale; NaN where that was not asked. */
    double scaled(double scale, ToDoubleFunction<Effect> figure) {
        return of(Variant.Kind.SCALED).stream()
                .filter(effect -> effect.variant().scale() == scale)
                .mapToDouble(figure)
                .findFirst()
                .orElse(Double.NaN);
    }

    private List<List<String>> interpolation() {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("scale", "accuracy", "log-prob", "nats away", "tokens"));
        double own = trained(Effect::logProb);
        for (Effect effect : of(Variant.Kind.SCALED)) {
            table.add(List.of(
                    text("%.2f", effect.variant().scale()),
                    text("%.3f", effect.accuracy()),
                    text("%.3f", effect.logProb()),
                    text("%.3f", own - effect.logProb()),
                    text("%.1f", effect.tokens())));
        }
        return table;
    }

    private List<List<String>> changes() {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of(
                part,
                "norm",
                "without: accuracy",
                "change",
                "nats away",
                "doubled: accuracy",
                "change",
                "nats away",
                "moves most"));
        double accuracy = trained(Effect::accuracy);
        double own = trained(Effect::logProb);
        List<Effect> without = of(Variant.Kind.WITHOUT);
        List<Effect> doubled = of(Variant.Kind.DOUBLED);
        for (int i = 0; i < without.size(); i++) {
            Effect zero = without.get(i);
            Effect twice = doubled.get(i);
            int index = zero.variant().part();
            table.add(List.of(
                    Integer.toString(index),
                    text("%.4g", Variant.norm(values, parts, index)),
                    text("%.3f", zero.accuracy()),
                    text("%+.3f", zero.accuracy() - accuracy),
                    text("%.3f", own - zero.logProb()),
                    text("%.3f", twice.accuracy()),
                    text("%+.3f", twice.accuracy() - accuracy),
                    text("%.3f", own - twice.logProb()),
                    movesMost(index)));
        }
        return table;
    }

    /** The modules that a part alone moves farthest. */
    private String movesMost(int index) {
        float[] alone = new float[values.length];
        int from = parts.subList(0, index).stream().mapToInt(Integer::intValue).sum();
        System.arraycopy(values, from, alone, from, parts.get(index));
        List<Double> norms = movement.norms(alone);
        return IntStream.range(0, norms.size())
                .boxed()
                .filter(module -> norms.get(module) > 0)
                .sorted(Comparator.comparingDouble(module -> -norms.get(module)))
                .limit(MOST_MODULES)
                .map(this::module)
                .collect(Collectors.joining(" "));
    }

    private String module(int index) {
        var module = movement.shape().modules().get(index);
        return module.layer() + "." + module.type().name().toLowerCase(Locale.ROOT);
    }

    /** A row a layer, a column a type. */
    private List<List<String>> movements() {
        List<Double> norms = movement.norms(values);
        Map<Integer, Map<String, Double>> layers = new LinkedHashMap<>();
        List<String> types = new ArrayList<>();
        for (int i = 0; i < norms.size(); i++) {
            var module = movement.shape().modules().get(i);
            String type = module.type().name().toLowerCase(Locale.ROOT);
            if (!types.contains(type)) types.add(type);
            layers.computeIfAbsent(module.layer(), _ -> new LinkedHashMap<>()).put(type, norms.get(i));
        }
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("layer"));
        head.addAll(types);
        table.add(head);
        layers.forEach((layer, row) -> {
            List<String> cells = new ArrayList<>(List.of(Integer.toString(layer)));
            types.forEach(type -> cells.add(text("%.4g", row.getOrDefault(type, Double.NaN))));
            table.add(cells);
        });
        return table;
    }

    private List<List<String>> cosines() {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("adapter", "other", "of the change of all weights", "of the numbers"));
        for (int i = 0; i < adapters.size(); i++) {
            for (int j = i + 1; j < adapters.size(); j++) {
                Adapter one = adapters.get(i);
                Adapter other = adapters.get(j);
                // Numbers of different bases have nothing in common but their count.
                boolean same = one.basis().equals(other.basis());
                table.add(List.of(
                        one.name(),
                        other.name(),
                        text("%+.3f", Movement.cosine(one.movement(), one.values(), other.movement(), other.values())),
                        same ? text("%+.3f", Movement.cosine(one.values(), other.values())) : "other basis"));
            }
        }
        return table;
    }

    /**
     * Writes effects.csv, the figures, report.md and report.html over those of an earlier report.
     *
     * @throws Failure OUTSIDE when that cannot be done
     */
    public void write(Path folder) {
        ReportFolder.make(folder);
        try {
            csv(folder.resolve("effects.csv"));
            Document document = new Document("The numbers of " + name);
            document.paragraph("Accuracy on held-out problems, the same random numbers for all. Log-prob is that of the"
                    + " trained policy's own answers; nats away is how much lower it is than the trained policy's, an"
                    + " estimate of the KL divergence between them.");
            for (Map.Entry<String, Plot> plot : new InspectPlots(this).all().entrySet()) {
                PlotImage image = PlotImage.of(plot.getValue());
                String svg = image.svg();
                Files.writeString(folder.resolve(plot.getKey() + ".svg"), svg);
                Files.write(folder.resolve(plot.getKey() + ".png"), image.png());
                document.figure(plot.getValue().title(), plot.getKey() + ".svg", svg);
            }
            tables().forEach((title, table) -> document.heading(title).table(table));
            Files.writeString(folder.resolve(PAGE), document.html());
            Files.writeString(folder.resolve("report.md"), document.markdown());
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "report " + folder + ": cannot be written (" + e.getMessage() + ")", e);
        }
    }

    private void csv(Path file) throws IOException {
        try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(file)) {
            csv.writeRecord("change", part, "scale", "answers", "accuracy", "log_prob", "mean_tokens");
            for (Effect effect : effects) {
                Variant variant = effect.variant();
                csv.writeRecord(
                        variant.kind().name().toLowerCase(Locale.ROOT),
                        variant.part() < 0 ? "" : Integer.toString(variant.part()),
                        text("%.2f", variant.scale()),
                        Integer.toString(effect.answers()),
                        text("%.6f", effect.accuracy()),
                        text("%.6f", effect.logProb()),
                        text("%.4f", effect.tokens()));
            }
        }
    }

    private static String text(String form, double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, form, value);
    }
}
