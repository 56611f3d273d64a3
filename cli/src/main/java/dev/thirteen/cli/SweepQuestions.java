package dev.thirteen.cli;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.LabelRules;
import dev.thirteen.core.run.RunSpec.Reward;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.RunSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What every run of a sweep is asked at its end; what is not said is as in the run file, whatever a cell changes there.
 *
 * @param source the sweep file
 * @param dataSet problems; empty for those of the run file's plan
 * @param blobs problem files that the server needs first
 * @param problems 0 for those of the run file's plan
 * @param samples answers a problem; 0 for one
 * @param temperature empty for that of the run file
 * @param adaptersAtOnce adapters of one evaluation, which asks the base once for all of them
 */
record SweepQuestions(
        SourceFile source,
        Optional<DataSet> dataSet,
        List<DataSetBlob> blobs,
        int problems,
        int samples,
        Optional<Float> temperature,
        long seed,
        int adaptersAtOnce) {
    /** An evaluation has 64 rows, and the base is one of them. */
    private static final int MOST_ADAPTERS = 63;

    private static final String PROBLEMS = "evaluation.problems";

    static SweepQuestions read(Section top, SourceFile source, int adaptersAtOnce) {
        Section section = top.section("evaluation");
        List<DataSetBlob> blobs = new ArrayList<>();
        boolean own = section.has("data-set");
        SweepQuestions questions = new SweepQuestions(
                source,
                own ? Optional.of(new DataSetSection(source, blobs).read(section)) : Optional.empty(),
                blobs,
                section.count("problems", 0),
                section.count("samples", 0),
                section.has("temperature") ? Optional.of((float) section.number("temperature", 0)) : Optional.empty(),
                section.whole("seed", RunDefaults.SEED),
                section.positive("adapters-at-once", MOST_ADAPTERS, adaptersAtOnce));
        section.end();
        return questions;
    }

    /**
     * Refuses what no evaluation can come of: now, and not after hours of training.
     *
     * @param run the run file without any change
     * @throws Failure CALLER with file, line and key: nobody says which problems, or how to judge answers; there are too few
     *     problems, or right answers that the scorer cannot read
     */
    void check(RunFile run) {
        RunSpec pattern = run.spec();
        if (dataSet.isEmpty() && !pattern.hasEvaluation()) {
            throw refused(run.explain(
                    "evaluation", "is missing, and the sweep's has no data-set: give one of them a data-set"));
        }
        if (!pattern.hasReward()) {
            throw refused(run.explain(
                    "reward",
                    "is missing, by which the sweep judges answers: give it one, and let cells of sft remove it (set:"
                            + " {reward: })"));
        }
        String digest = dataSet(pattern).getBlobDigest();
        Stream.concat(blobs.stream(), run.blobs().stream())
                .filter(blob -> blob.digest().equals(digest))
                .findFirst()
                .ifPresent(blob -> check(blob, run));
    }

    private void check(DataSetBlob blob, RunFile run) {
        int planned = planned(run.spec());
        if (planned > blob.problems()) {
            String why = "must be at most %d, the problems of '%s', not %d"
                    .formatted(blob.problems(), blob.source(), planned);
            boolean taken = dataSet.isPresent() && problems == 0;
            boolean own = dataSet.isPresent() || problems > 0;
            String text = taken ? why + " as in the run file" : why;
            throw refused(own ? source.at(PROBLEMS, text) : run.explain(PROBLEMS, text));
        }
        List<Problem> all = ProblemFile.problems(blob.source(), blob.fields());
        requireReadable(blob, all.subList(0, planned == 0 ? all.size() : planned), run.spec());
    }

    /** As the server does; the labels of a reward of terms are left to it. */
    private static void requireReadable(DataSetBlob blob, List<Problem> asked, RunSpec pattern) {
        Reward reward =
                new Reward(pattern.getReward().getScorer(), pattern.getReward().getExtraction());
        try {
            LabelRules.check(asked, reward.spec());
        } catch (Failure e) {
            String said = String.valueOf(e.getMessage());
            throw refused(blob.place(said).orElse(blob.source().toString()) + ": " + said);
        }
    }

    private static Failure refused(String message) {
        return new Failure(Failure.Kind.CALLER, message);
    }

    private DataSet dataSet(RunSpec pattern) {
        return dataSet.orElseGet(() -> pattern.getEvaluation().getDataSet());
    }

    private int planned(RunSpec pattern) {
        return problems > 0 ? problems : pattern.getEvaluation().getProblems();
    }

    /**
     * What is asked of adapters on a base model.
     *
     * @param pattern the run file without any change, which was checked
     */
    EvaluationSpec spec(RunSpec pattern, BaseModel base, String suite) {
        DataSet set = dataSet(pattern);
        Sampling ofRun = pattern.getSampling();
        int planned = planned(pattern);
        boolean endless = planned == 0 && set.hasGenerator();
        return EvaluationSpec.newBuilder()
                .setBaseModel(base)
                .setDataSet(set)
                .setSplit(set.getGenerator().getSplit())
                .setProblems(endless ? GivenDataSet.GENERATED : planned)
                .setPrompt(pattern.getPrompt())
                .setReward(pattern.getReward())
                .addDecodings(Sampling.newBuilder()
                        .setTemperature(temperature.orElse(ofRun.getTemperature()))
                        .setMaxTokens(ofRun.getMaxTokens())
                        .setSeed(seed))
                .setSamples(samples)
                .setSuite(suite)
                .build();
    }
}
