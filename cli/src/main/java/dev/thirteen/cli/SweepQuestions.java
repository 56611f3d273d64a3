package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.RunSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What every run of a sweep is asked at its end; what is not said is as in the run file, whatever a cell changes there.
 *
 * @param dataSet problems; empty for those of the run file's plan
 * @param blobs problem files that the server needs first
 * @param problems 0 for those of the run file's plan
 * @param samples answers a problem; 0 for one
 * @param temperature empty for that of the run file
 * @param adaptersAtOnce adapters of one evaluation, which asks the base once for all of them
 */
record SweepQuestions(
        Optional<DataSet> dataSet,
        List<DataSetBlob> blobs,
        int problems,
        int samples,
        Optional<Float> temperature,
        long seed,
        int adaptersAtOnce) {
    /** An evaluation has 64 rows, and the base is one of them. */
    private static final int MOST_ADAPTERS = 63;

    static SweepQuestions read(Section top, SourceFile source, int adaptersAtOnce) {
        Section section = top.section("evaluation");
        List<DataSetBlob> blobs = new ArrayList<>();
        boolean own = section.has("data-set");
        SweepQuestions questions = new SweepQuestions(
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
     * What is asked of adapters on a base model.
     *
     * @param pattern the run file without any change
     * @throws Failure CALLER when neither says which problems, or nothing how to judge answers
     */
    EvaluationSpec spec(RunSpec pattern, BaseModel base, String suite) {
        if (dataSet.isEmpty() && !pattern.hasEvaluation()) {
            throw new Failure(
                    Failure.Kind.CALLER, "neither the sweep nor its run file has an evaluation with a data-set");
        }
        if (!pattern.hasReward()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "the run file of the sweep has no reward, by which answers are judged: give it one, and let cells of"
                            + " sft remove it (set: {reward: })");
        }
        DataSet set = dataSet.orElseGet(() -> pattern.getEvaluation().getDataSet());
        Sampling ofRun = pattern.getSampling();
        int planned = problems > 0 ? problems : pattern.getEvaluation().getProblems();
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
