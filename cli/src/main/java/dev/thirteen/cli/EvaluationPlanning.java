package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.grpo.Algorithm;
import dev.thirteen.proto.evaluation.v1.ContaminationProbe;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.FollowedRun;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.Reward;
import dev.thirteen.proto.training.v1.RunSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes specs of options: all files are read here, before anything is started. */
record EvaluationPlanning(Session session, Services services, EvaluationOptions options) {
    private static final List<Double> PROBE_SHARES = List.of(0.4, 0.6, 0.8);
    private static final int PROBE_CONTROLS = 100;
    /** The rest of a problem's text has as many tokens at most. */
    private static final int PROBE_TOKENS = 256;

    /**
     * An evaluation that is to be started.
     *
     * @param blob its problems, which are to be uploaded first; empty for generated ones
     */
    record Planned(EvaluationSpec spec, Optional<DataSetBlob> blob) {}

    /** One evaluation for each benchmark, or the one that was asked for otherwise. */
    List<Planned> plans(String suite) {
        options.check();
        if (options.benchmarks.isEmpty()) return List.of(planned(ofRun(), suite));
        List<Planned> plans = new ArrayList<>();
        for (String name : options.benchmarks) plans.add(planned(ofBenchmark(name), suite));
        return plans;
    }

    private record Draft(EvaluationSpec.Builder spec, GivenDataSet data) {}

    private Planned planned(Draft draft, String suite) {
        EvaluationSpec.Builder spec = draft.spec()
                .addAllAdapters(options.adapters.stream()
                        .map(name -> PolicyName.parse(name).wire())
                        .toList())
                .setDataSet(draft.data().set())
                .setSplit(draft.data().split())
                .setSuite(suite);
        if (options.base != null) {
            spec.setBaseModel(BaseModel.newBuilder().setFolder(Places.modelFolder(options.base)));
        }
        if (options.problems != null) spec.setProblems(options.problems);
        if (spec.getProblems() == 0 && spec.getDataSet().hasGenerator()) spec.setProblems(GivenDataSet.GENERATED);
        if (options.curve != null) {
            spec.setFollow(FollowedRun.newBuilder().setRun(options.curve).setEvery(options.every))
                    .clearBasePrompts();
        }
        if (options.probe) probe(spec);
        return new Planned(spec.build(), draft.data().blob());
    }

    private void probe(EvaluationSpec.Builder spec) {
        int tokens = options.maxTokens == null
                ? Math.max(PROBE_TOKENS, spec.getDecodings(0).getMaxTokens())
                : options.maxTokens;
        spec.setProbe(ContaminationProbe.newBuilder()
                        .addAllShares(PROBE_SHARES)
                        .setControlProblems(PROBE_CONTROLS)
                        .setSeed(options.seed))
                .clearBasePrompts()
                .clearDecodings()
                .addDecodings(Sampling.newBuilder().setMaxTokens(tokens).setSeed(options.seed))
                .clearSamples();
    }

    private Draft ofBenchmark(String name) {
        Benchmark benchmark = Benchmark.of(session.home(), name);
        List<String> names = new ArrayList<>(benchmark.prompts());
        String common = options.prompt == null ? names.getFirst() : options.prompt;
        names.remove(common);
        EvaluationSpec.Builder spec = EvaluationSpec.newBuilder()
                .setBenchmark(benchmark.name())
                .setReward(Reward.newBuilder().setScorer(benchmark.scorer()))
                .addAllDecodings(options.decodings(
                        benchmark.sampling(), List.of(benchmark.sampling().getTemperature())))
                .setSamples(options.samples == null ? benchmark.samples() : options.samples);
        prompt(spec, NamedPrompt.of(session.home(), common));
        for (String other : options.basePromptNames().orElse(names)) spec.addBasePrompts(variant(other));
        addTexts(spec);
        GivenDataSet data = benchmark
                .data()
                .generated()
                .map(set -> GivenDataSet.of(set, benchmark.split()))
                .orElseGet(() -> GivenDataSet.of(
                        BenchmarkData.blob(session, options.location, benchmark, options.sample), benchmark.split()));
        if (data.blob().isEmpty()) spec.setProblems(benchmark.data().problems());
        return new Draft(spec, data);
    }

    private Draft ofRun() {
        RunSpec run = pattern();
        if (run.getAlgorithm().getName().equals(Algorithm.SFT.label())) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "run " + run.getName() + " has no reward, by which answers are judged: say --like or --benchmark");
        }
        EvaluationSpec.Builder spec = EvaluationSpec.newBuilder()
                .setBaseModel(run.getBaseModel())
                .setPrompt(run.getPrompt())
                .setReward(run.getReward())
                .addAllDecodings(decodings(run.getSampling()))
                .setSamples(options.samples == null ? 0 : options.samples);
        if (options.prompt != null) prompt(spec, NamedPrompt.of(session.home(), options.prompt));
        options.basePromptNames().orElse(List.of()).forEach(name -> spec.addBasePrompts(variant(name)));
        addTexts(spec);
        if (options.dataSet != null) {
            String scorer = run.getReward().getScorer();
            return new Draft(spec, GivenDataSet.named(options.dataSet, options, scorer));
        }
        if (!run.hasEvaluation()) {
            throw new Failure(Failure.Kind.CALLER, "run " + run.getName() + " plans no evaluation: say --data-set");
        }
        spec.setProblems(run.getEvaluation().getProblems());
        return new Draft(spec, planned(run.getEvaluation().getDataSet()));
    }

    /** A run's plan reports on a test split; its learning curve is drawn on the dev split of the same generator. */
    private GivenDataSet planned(DataSet set) {
        if (!set.hasGenerator()) return GivenDataSet.of(set, options.location.split());
        Generator generator = set.getGenerator();
        if (options.curve != null && generator.getTerms() == 0) {
            generator = generator.toBuilder().setSplit("dev").build();
        }
        return GivenDataSet.of(DataSet.newBuilder().setGenerator(generator).build(), generator.getSplit());
    }

    private RunSpec pattern() {
        EvaluationPattern pattern = new EvaluationPattern(session, services);
        if (options.curve != null) return pattern.of(options.like, PolicyName.parse(options.curve));
        return options.adapters.isEmpty()
                ? pattern.of(String.valueOf(options.like))
                : pattern.of(options.like, PolicyName.parse(options.adapters.getFirst()));
    }

    private List<Sampling> decodings(Sampling ofRun) {
        Sampling ground =
                Sampling.newBuilder().setMaxTokens(ofRun.getMaxTokens()).build();
        return options.decodings(ground, List.of(ofRun.getTemperature(), 0f));
    }

    private void addTexts(EvaluationSpec.Builder spec) {
        options.basePromptTexts()
                .forEach((label, user) -> spec.addBasePrompts(PromptVariant.newBuilder()
                        .setLabel(label)
                        .setPrompt(spec.getPrompt().toBuilder().setUser(user))
                        .addAllStop(spec.getStopList())));
    }

    private PromptVariant variant(String name) {
        return NamedPrompt.of(session.home(), name).variant();
    }

    private static void prompt(EvaluationSpec.Builder spec, NamedPrompt prompt) {
        PromptTemplate template = prompt.template();
        spec.setPrompt(template).setPromptName(prompt.name()).addAllStop(prompt.stop());
        spec.setReward(spec.getReward().toBuilder().setExtraction(prompt.extraction()));
    }
}
