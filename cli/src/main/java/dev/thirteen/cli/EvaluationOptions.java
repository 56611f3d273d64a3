package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.RunSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of an evaluation; what is not given comes from a run, most often that of the first adapter. */
final class EvaluationOptions {
    /** Problems of a generator, which has no end of its own: enough to see a difference of a few per cent. */
    private static final int GENERATED = 1024;

    @Option(names = "--problems", paramLabel = "N", description = "Number of problems. Default: the run's plan.")
    private @Nullable Integer problems;

    @Option(
            names = "--data-set",
            paramLabel = "SET",
            description = "A JSON Lines file with id, question and answer, or a generator as NAME:SPLIT[:SEED],"
                    + " such as arithmetic:test. Default: the run's evaluation plan.")
    private @Nullable String dataSet;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "Decoding; 0 is greedy; may be given more than once. Default: the run's, and greedy.")
    private List<Float> temperatures = List.of();

    @Option(names = "--max-tokens", paramLabel = "N", description = "Longest answer. Default: the run's.")
    private @Nullable Integer maxTokens;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "N", description = "Seed of all policies. Default: 0.")
    private long seed;

    @Option(
            names = "--base-prompt",
            paramLabel = "LABEL=TEXT",
            description = "A further row: the base alone under this user text, which holds {question}.")
    private Map<String, String> basePrompts = new LinkedHashMap<>();

    @Option(
            names = "--like",
            paramLabel = "RUN|FILE",
            description = "Run, or run file, whose prompt, reward, data set and sampling are used. Default: that of the"
                    + " first adapter; for an imported one the newest run on its base.")
    private @Nullable String like;

    /** The spec; uploads a problem file that it names. */
    EvaluationSpec spec(Session session, Services services, List<PolicyName> adapters) {
        RunSpec run = new EvaluationPattern(session, services).of(like, adapters.getFirst());
        if (dataSet == null && !run.hasEvaluation()) {
            throw new Failure(Failure.Kind.CALLER, "run " + run.getName() + " plans no evaluation: say --data-set");
        }
        EvaluationSpec.Builder spec = EvaluationSpec.newBuilder()
                .setBaseModel(run.getBaseModel())
                .addAllAdapters(adapters.stream().map(PolicyName::wire).toList())
                .setDataSet(dataSet == null ? run.getEvaluation().getDataSet() : given(session, services, dataSet))
                .setPrompt(run.getPrompt())
                .setReward(run.getReward())
                .addAllDecodings(decodings(run.getSampling()));
        int planned = dataSet == null ? run.getEvaluation().getProblems() : 0;
        int wanted = problems == null ? planned : problems;
        spec.setProblems(wanted == 0 && spec.getDataSet().hasGenerator() ? GENERATED : wanted);
        basePrompts.forEach((label, user) -> spec.addBasePrompts(variant(run.getPrompt(), label, user)));
        return spec.build();
    }

    private List<Sampling> decodings(Sampling ofRun) {
        List<Float> asked = temperatures.isEmpty() ? List.of(ofRun.getTemperature(), 0f) : temperatures;
        List<Sampling> decodings = new ArrayList<>();
        for (float temperature : asked) {
            decodings.add(Sampling.newBuilder()
                    .setTemperature(temperature)
                    .setMaxTokens(maxTokens == null ? ofRun.getMaxTokens() : maxTokens)
                    .setSeed(seed)
                    .build());
        }
        return decodings;
    }

    private static PromptVariant variant(PromptTemplate prompt, String label, String user) {
        return PromptVariant.newBuilder()
                .setLabel(label)
                .setPrompt(prompt.toBuilder().setUser(user))
                .build();
    }

    private static DataSet given(Session session, Services services, String named) {
        if (Files.isRegularFile(Path.of(named))) {
            DataSetBlob blob = ProblemFile.read(Path.of(named), ProblemFile.Fields.DEFAULT);
            new RunSubmission(services.trainer(), session.output()::note).upload(blob);
            return DataSet.newBuilder().setBlobDigest(blob.digest()).build();
        }
        String[] parts = named.split(":", -1);
        boolean seeded = parts.length == 3 && parts[2].matches("[0-9]{1,18}");
        if (parts.length != 2 && !seeded) {
            throw new Failure(
                    Failure.Kind.CALLER, "--data-set '" + named + "' is neither a file nor NAME:SPLIT[:SEED]");
        }
        return DataSet.newBuilder()
                .setGenerator(Generator.newBuilder()
                        .setName(parts[0])
                        .setSplit(parts[1])
                        .setSeed(seeded ? Long.parseLong(parts[2]) : 0))
                .build();
    }
}
