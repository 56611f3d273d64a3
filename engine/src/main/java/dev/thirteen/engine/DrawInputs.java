package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What sampling.py needs to draw a token for every row. What no row asks for is switched off for all. */
final class DrawInputs implements AutoCloseable {
    private static final int CONTROLS = 5;
    private static final int CHANGES = 4;

    private final IValue controls;
    private final IValue changes;
    private final IValue filters;
    private final IValue plain;
    private final IValue alternatives;

    DrawInputs(PtNDManager scope, List<DecodeRow> rows) {
        List<SamplingParameters> samplings =
                rows.stream().map(row -> row.group().sampling()).toList();
        boolean filtered =
                samplings.stream().anyMatch(sampling -> sampling.filters().any());
        boolean changed =
                samplings.stream().anyMatch(sampling -> sampling.changes().any());
        boolean cold = samplings.stream().anyMatch(sampling -> sampling.temperature() != 1);
        int most =
                rows.stream().mapToInt(row -> row.group().alternatives()).max().orElse(0);
        controls = IValue.from(Torch.of(scope, controls(rows), CONTROLS, rows.size()));
        changes = IValue.listFrom(changed ? new PtNDArray[] {changes(scope, rows)} : new PtNDArray[0]);
        filters = IValue.from(filtered);
        plain = IValue.from(!filtered && !changed && !cold);
        alternatives = IValue.from((long) most);
    }

    IValue controls() {
        return controls;
    }

    IValue changes() {
        return changes;
    }

    IValue filters() {
        return filters;
    }

    IValue plain() {
        return plain;
    }

    IValue alternatives() {
        return alternatives;
    }

    /** [5, rows] of temperature, uniform number, top-p, top-k, min-p. */
    private static double[] controls(List<DecodeRow> rows) {
        int n = rows.size();
        double[] controls = new double[CONTROLS * n];
        for (int i = 0; i < n; i++) {
            SamplingParameters sampling = rows.get(i).group().sampling();
            Filters kept = sampling.filters();
            controls[i] = sampling.temperature();
            controls[n + i] = rows.get(i).uniform();
            controls[2 * n + i] = kept.topP();
            controls[3 * n + i] = kept.topK();
            controls[4 * n + i] = kept.minP();
        }
        return controls;
    }

    /** [changes, 4] of row, token, bias, penalty: each token of a row once. */
    private static PtNDArray changes(PtNDManager scope, List<DecodeRow> rows) {
        List<double[]> list = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            int row = i;
            LogitChanges asked = rows.get(i).group().sampling().changes();
            rows.get(i).seen().stream()
                    .forEach(id -> list.add(
                            new double[] {row, id, asked.bias().getOrDefault(id, 0f), asked.repetitionPenalty()}));
            asked.bias().forEach((id, bias) -> {
                if (!rows.get(row).seen().get(id)) list.add(new double[] {row, id, bias, 1});
            });
        }
        double[] flat = list.stream().flatMapToDouble(Arrays::stream).toArray();
        return Torch.of(scope, flat, list.size(), CHANGES);
    }

    @Override
    public void close() {
        controls.close();
        changes.close();
        filters.close();
        plain.close();
        alternatives.close();
    }
}
