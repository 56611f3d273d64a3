package dev.thirteen.trainer;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Steps of several runs, computed together: parts of gradients that may share passes do, and each run goes on with the sums of
 * its own. What goes wrong with one run is the outcome of that run alone. On the engine thread; used once.
 */
final class SharedSteps {
    private static final Logger LOG = Logger.getLogger(SharedSteps.class);

    /** A run's step. */
    record Step(String run, StepComputation computation, Workload workload, int microBatchTokens) {}

    private final List<Step> steps;
    private final BiFunction<Step, Throwable, StepOutcome> unusable;
    private final Map<Step, List<GradientTask>> asked = new IdentityHashMap<>();
    private final Map<Step, StepOutcome> outcomes = new IdentityHashMap<>();

    /** @param unusable says what comes of a step that fails */
    SharedSteps(List<Step> steps, BiFunction<Step, Throwable, StepOutcome> unusable) {
        this.steps = List.copyOf(steps);
        this.unusable = unusable;
    }

    /** Computes them. @return the outcomes, in the order of the steps */
    List<StepOutcome> compute() {
        for (Step step : steps) {
            ask(step, () -> step.computation().begin(step.workload(), step.microBatchTokens()));
        }
        while (!asked.isEmpty()) {
            List<Step> asking = steps.stream().filter(asked::containsKey).toList();
            Map<GradientTask, GradientSums> together = together(asking);
            for (Step step : asking) {
                List<GradientTask> tasks = asked.getOrDefault(step, List.of());
                asked.remove(step);
                ask(step, () -> step.computation().next(results(step, tasks, together)));
            }
        }
        return steps.stream().map(outcomes::get).toList();
    }

    private void ask(Step step, Supplier<List<GradientTask>> more) {
        try {
            List<GradientTask> tasks = more.get();
            if (tasks.isEmpty()) outcomes.put(step, step.computation().outcome());
            else asked.put(step, tasks);
        } catch (RuntimeException | OutOfMemoryError e) {
            outcomes.put(step, unusable.apply(step, e));
        }
    }

    /** What was computed in shared passes; a pass that fails gives nothing, and its parts are computed alone. */
    private Map<GradientTask, GradientSums> together(List<Step> asking) {
        Map<GradientTask.Pass, List<GradientTask.On>> passes = new LinkedHashMap<>();
        for (Step step : asking) {
            for (GradientTask task : asked.getOrDefault(step, List.of())) {
                GradientTask.On on = new GradientTask.On(step.workload(), task);
                on.pass()
                        .ifPresent(pass -> passes.computeIfAbsent(pass, _ -> new ArrayList<>())
                                .add(on));
            }
        }
        Map<GradientTask, GradientSums> results = new IdentityHashMap<>();
        for (List<GradientTask.On> tasks : passes.values()) {
            if (tasks.size() == 1) continue;
            try {
                List<GradientSums> sums = GradientTask.together(tasks);
                for (int i = 0; i < tasks.size(); i++) results.put(tasks.get(i).task(), sums.get(i));
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.warnf("%d parts that shared passes are computed alone: %s", tasks.size(), e);
            }
        }
        return results;
    }

    private static List<GradientSums> results(
            Step step, List<GradientTask> tasks, Map<GradientTask, GradientSums> together) {
        List<GradientSums> results = new ArrayList<>();
        for (GradientTask task : tasks) {
            GradientSums shared = together.get(task);
            results.add(shared == null ? task.on(step.workload()) : shared);
        }
        return results;
    }
}
