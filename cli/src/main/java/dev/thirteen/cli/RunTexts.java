package dev.thirteen.cli;

import dev.thirteen.core.grpo.Algorithm;
import dev.thirteen.proto.policy.v1.TinyLoraSpec;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Runs as text. */
final class RunTexts {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private RunTexts() {}

    static String table(List<Run> runs) {
        if (runs.isEmpty()) return "no runs (create one: bin/thirteen run create -f FILE)\n";
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("name", "phase", "step", "reward", "numbers", "freedom", "bytes", "left"));
        for (Run run : runs) {
            RunState state = run.getState();
            rows.add(List.of(
                    run.getName(),
                    RunProgress.words(state.getPhase()),
                    state.getStep() + "/" + state.getSpec().getSteps(),
                    state.hasMetrics() && !supervised(state.getSpec())
                            ? format("%.3f", state.getMetrics().getRewardMean())
                            : "",
                    Integer.toString(run.getTrainedNumbers()),
                    freedom(run.getDegreesOfFreedom()),
                    Integer.toString(run.getAdapterBytes()),
                    run.getEtaSeconds() > 0 ? RunProgress.time(run.getEtaSeconds()) : ""));
        }
        return TextTable.render(rows);
    }

    static String details(Run run) {
        RunState state = run.getState();
        RunSpec spec = state.getSpec();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("name", run.getName()));
        rows.add(List.of("phase", RunProgress.words(state.getPhase()) + reason(run)));
        rows.add(List.of("step", state.getStep() + " of " + spec.getSteps()));
        rows.add(List.of("base model", spec.getBaseModel().getFolder()));
        rows.add(List.of("", spec.getBaseModel().getDigest()));
        rows.add(List.of("adapter", adapter(spec)));
        rows.add(List.of("trained", size(run)));
        rows.add(List.of("basis", state.getAdapter().getBasisDigest()));
        rows.add(List.of("a step", step(spec) + (spec.getDeterministic() ? ", deterministic" : "")));
        // A fork has steps of its parent's, and no metrics before its own first.
        if (state.hasMetrics()) metrics(state.getMetrics(), spec, rows);
        if (run.getEtaSeconds() > 0) rows.add(List.of("left", RunProgress.time(run.getEtaSeconds())));
        rows.add(List.of("created", instant(state.getCreatedUnixNano())));
        rows.removeIf(row -> row.get(1).isEmpty());
        return TextTable.render(rows);
    }

    /** Where a run stands, as a clause: {@code run tiny is running, after step 12 of 60}. */
    static String standing(Run run) {
        RunState state = run.getState();
        return "run %s is %s, after step %d of %d%s"
                .formatted(
                        run.getName(),
                        RunProgress.words(state.getPhase()),
                        state.getStep(),
                        state.getSpec().getSteps(),
                        reason(run).replaceFirst("^: (.*)", " ($1)"));
    }

    /** Trained numbers, how many of them are free, and bytes. */
    static String size(Run run) {
        return size(run.getTrainedNumbers(), run.getDegreesOfFreedom(), run.getAdapterBytes());
    }

    static String size(long numbers, long free, long bytes) {
        return numbers + " numbers" + (free == 0 ? "" : ", " + free + " effective degrees of freedom") + ", " + bytes
                + " bytes";
    }

    /** Effective degrees of freedom as a cell; empty where nobody knows. */
    static String freedom(long free) {
        return free == 0 ? "" : Long.toString(free);
    }

    /** Whether examples are given, and nothing is sampled or judged. */
    private static boolean supervised(RunSpec spec) {
        return spec.getAlgorithm().getName().equals(Algorithm.SFT.label());
    }

    private static String step(RunSpec spec) {
        if (supervised(spec)) return spec.getGroupsPerStep() + " examples";
        return "%d groups of %d samples, staleness up to %d"
                .formatted(spec.getGroupsPerStep(), spec.getSamplesPerGroup(), spec.getMaxStaleness());
    }

    private static void metrics(StepMetrics metrics, RunSpec spec, List<List<String>> rows) {
        boolean measured = metrics.getSkipped().isEmpty();
        List<String> last = new ArrayList<>();
        if (!supervised(spec)) {
            last.add(format("reward %.3f, accuracy %.3f", metrics.getRewardMean(), metrics.getAccuracy()));
        }
        if (measured) last.add(format("loss %.4g, gradient norm %.3g", metrics.getLoss(), metrics.getGradNorm()));
        rows.add(List.of("last step", String.join(", ", last)));
        rows.add(List.of("", update(metrics)));
        rows.add(List.of("", supervised(spec) ? examples(metrics) : samples(metrics)));
        rows.add(List.of("skipped", metrics.getSkipped()));
        // Examples of supervised fine-tuning were drawn from no policy.
        if (measured && spec.hasReward()) {
            rows.add(List.of(
                    "probability gap", format("%.3g (mean |p_learner - p_sampler|)", metrics.getProbabilityGap())));
        }
        rows.add(List.of("terms", terms(metrics)));
    }

    /** What a run measures only by its definition: 0 says nothing. */
    private static String update(StepMetrics metrics) {
        List<String> parts = new ArrayList<>();
        addUnlessZero(parts, "learning rate %.3g", metrics.getLearningRate());
        addUnlessZero(parts, "KL %.3g", metrics.getKl());
        addUnlessZero(parts, "entropy %.3g", metrics.getEntropy());
        addUnlessZero(parts, "clipped %.3g", metrics.getClipped());
        addUnlessZero(parts, "masked %.3g", metrics.getMasked());
        return String.join(", ", parts);
    }

    private static void addUnlessZero(List<String> parts, String form, double value) {
        if (value != 0) parts.add(format(form, value));
    }

    private static String samples(StepMetrics metrics) {
        String leftOut = metrics.getLeftOutSamples() > 0 ? metrics.getLeftOutSamples() + " left out, " : "";
        String replaced = metrics.getReplacedGroups() > 0 ? metrics.getReplacedGroups() + " replaced, " : "";
        return format("%.1f tokens a sample, %.3f cut, ", metrics.getCompletionLength(), metrics.getTruncated())
                + leftOut
                + format("%d refills, ", metrics.getRefills())
                + replaced
                + format("%d dropped", metrics.getDropped());
    }

    private static String examples(StepMetrics metrics) {
        return format("%.1f tokens an example", metrics.getCompletionLength());
    }

    private static String terms(StepMetrics metrics) {
        return metrics.getTermsList().stream()
                .map(term -> format("%s %.3f", term.getName(), term.getMean()))
                .collect(Collectors.joining(", "));
    }

    private static String reason(Run run) {
        String reason = run.getState().getReason();
        if (!reason.isEmpty()) return ": " + reason;
        return run.getActivity().isEmpty() ? "" : ": " + run.getActivity();
    }

    /** The shape of a run's adapter in a line. */
    static String adapter(RunSpec spec) {
        return spec.hasFamilyAdapter() ? FamilyTexts.adapter(spec.getFamilyAdapter()) : adapter(spec.getAdapter());
    }

    /** The shape of a TinyLoRA in a line. */
    static String adapter(TinyLoraSpec spec) {
        String tying = word(spec.getTying().name(), "TYING_");
        return "TinyLoRA r " + spec.getRank() + ", u " + spec.getU() + ", tying " + tying
                + (spec.getNTie() > 0 ? " (n-tie " + spec.getNTie() + ")" : "")
                + ", sigma " + word(spec.getSigmaForm().name(), "SIGMA_FORM_")
                + FamilyTexts.on(spec.getTargetModulesList(), spec.getTargetPattern())
                + ", values " + word(spec.getValueType().name(), "VALUE_TYPE_");
    }

    static String instant(long unixNano) {
        return Instant.ofEpochSecond(unixNano / NANOS_PER_SECOND)
                .atZone(ZoneId.systemDefault())
                .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT));
    }

    static String word(String name, String prefix) {
        return name.startsWith(prefix) ? name.substring(prefix.length()).toLowerCase(Locale.ROOT) : name;
    }

    static String format(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }
}
