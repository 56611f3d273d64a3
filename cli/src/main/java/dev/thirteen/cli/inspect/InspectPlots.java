package dev.thirteen.cli.inspect;

import dev.thirteen.cli.plot.Plot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The figures of a report: what changes do to accuracy and to log-prob, and how far the modules move. */
record InspectPlots(InspectReport report) {
    private static final String ACCURACY = "accuracy";
    private static final String AWAY = "nats away from the adapter";

    /** Those with something to draw, by the names of their files. */
    Map<String, Plot> all() {
        double own = report.trained(Effect::logProb);
        ToDoubleFunction<Effect> away = effect -> own - effect.logProb();
        Map<String, Plot> plots = new LinkedHashMap<>();
        plots.put("interpolation", interpolation(ACCURACY, Effect::accuracy));
        plots.put("interpolation-nats", interpolation(AWAY, away));
        plots.put("parts", parts(ACCURACY, Effect::accuracy));
        plots.put("parts-nats", parts(AWAY, away));
        plots.put("modules", modules());
        plots.values().removeIf(Plot::empty);
        return plots;
    }

    private Plot interpolation(String title, ToDoubleFunction<Effect> y) {
        return new Plot(
                "From the base (0) to the adapter (1) and beyond: " + title,
                "factor of all numbers",
                title,
                false,
                List.of(line(
                        title, Variant.Kind.SCALED, effect -> effect.variant().scale(), y)),
                List.of());
    }

    private Plot parts(String title, ToDoubleFunction<Effect> y) {
        ToDoubleFunction<Effect> part = effect -> effect.variant().part();
        return new Plot(
                "Each " + report.part() + " without, and doubled: " + title,
                report.part(),
                title,
                false,
                List.of(line("without", Variant.Kind.WITHOUT, part, y), line("doubled", Variant.Kind.DOUBLED, part, y)),
                List.of(new Plot.Level("adapter", report.scaled(1, y)), new Plot.Level("base", report.scaled(0, y))));
    }

    /** A line a type, over the layers. */
    private Plot modules() {
        List<Double> norms = report.movement().norms(report.values());
        Map<String, List<Plot.Point>> types = new LinkedHashMap<>();
        for (int i = 0; i < norms.size(); i++) {
            var module = report.movement().shape().modules().get(i);
            types.computeIfAbsent(module.type().name().toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                    .add(new Plot.Point(module.layer(), norms.get(i), 0));
        }
        return new Plot(
                "How far the modules move",
                "layer",
                "Frobenius norm of the change",
                false,
                types.entrySet().stream()
                        .map(type -> new Plot.Line(type.getKey(), type.getValue()))
                        .toList(),
                List.of());
    }

    private Plot.Line line(String label, Variant.Kind kind, ToDoubleFunction<Effect> x, ToDoubleFunction<Effect> y) {
        return new Plot.Line(
                label,
                report.of(kind).stream()
                        .filter(effect -> !Double.isNaN(y.applyAsDouble(effect)))
                        .map(effect -> new Plot.Point(x.applyAsDouble(effect), y.applyAsDouble(effect), 0))
                        .toList());
    }
}
