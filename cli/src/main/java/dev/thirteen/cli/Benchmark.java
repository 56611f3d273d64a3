package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.nodes.MappingNode;

/**
 * A benchmark as data, from {@code benchmarks/NAME.yaml}.
 *
 * @param yaml the file itself
 * @param split "dev" or "test"
 * @param data where the problems are
 * @param scorer name of the scorer
 * @param prompts names of prompts; the first is that of all policies, under the others the base answers too
 * @param samples answers a problem under decodings with a temperature; 0 where nothing is said
 */
record Benchmark(
        Path yaml,
        String name,
        String title,
        String split,
        Data data,
        String scorer,
        List<String> prompts,
        Sampling sampling,
        int samples) {

    /**
     * The data set: a generator, or a file under its field map.
     *
     * @param file name of the file; empty for a generator
     * @param sample file of the few problems that the project ships, beside the YAML; empty for none
     * @param problems how many there are; 0 where nothing is said
     */
    record Data(Optional<Generator> generator, String file, String sample, int problems, ProblemFields fields) {
        /** The data set on the wire, as far as no file has to be read. */
        Optional<DataSet> generated() {
            return generator.map(
                    known -> DataSet.newBuilder().setGenerator(known).build());
        }
    }

    private static final Map<String, String> GENERATORS = Section.words("arithmetic", "random-arithmetic");
    private static final Map<String, String> SPLITS = Section.words("rl", "dev", "test");
    private static final Map<String, String> SCORERS = Section.words("exact", "numeric", "math", "code");
    private static final int MAX_TOKENS = 1024;

    /**
     * The benchmark of a name, or of a file.
     *
     * @throws Failure CALLER for one that is unknown, with those that there are, or that is wrong, with its lines
     */
    static Benchmark of(Path home, String name) {
        Path file = NamedPrompt.named(home, "benchmarks", name, "benchmark");
        if (!(YamlFile.compose(file) instanceof MappingNode map)) {
            throw new Failure(Failure.Kind.CALLER, file + ":1: is no map of keys");
        }
        SourceFile source = new SourceFile(file);
        Benchmark benchmark = read(file, Section.of(source, "", map));
        source.refuseIfWrong();
        return benchmark;
    }

    private static Benchmark read(Path file, Section top) {
        top.require("name", "split", "data-set", "reward", "prompts");
        for (String key : List.of("source", "licence")) top.text(key, "");
        Section reward = top.section("reward").require("scorer");
        Benchmark benchmark = new Benchmark(
                file,
                top.text("name", ""),
                top.text("title", ""),
                top.choice("split", Section.words("dev", "test"), ""),
                data(top.section("data-set")),
                reward.choice("scorer", SCORERS, ""),
                top.texts("prompts"),
                sampling(top.section("sampling")),
                top.count("samples", 0));
        reward.end();
        if (benchmark.prompts().isEmpty()) top.problem("prompts", "must name at least one prompt");
        top.end();
        return benchmark;
    }

    private static Sampling sampling(Section section) {
        Sampling sampling = Sampling.newBuilder()
                .setTemperature((float) section.number("temperature", 0))
                .setMaxTokens(section.count("max-tokens", MAX_TOKENS))
                .setTopP((float) section.number("top-p", 0))
                .setTopK(section.count("top-k", 0))
                .build();
        section.end();
        return sampling;
    }

    private static Data data(Section section) {
        if (section.present() && section.has("file") == section.has("generator")) {
            section.problem("file", "or generator must be there, and not both");
        }
        Optional<Generator> generator = section.has("generator") ? Optional.of(generator(section)) : Optional.empty();
        Data data = new Data(
                generator,
                section.text("file", ""),
                section.text("sample", ""),
                section.count("problems", 0),
                DataSetSection.fields(section.section("fields")));
        section.end();
        return data;
    }

    private static Generator generator(Section section) {
        return Generator.newBuilder()
                .setName(section.choice("generator", GENERATORS, ""))
                .setSplit(section.has("split") ? section.choice("split", SPLITS, "") : "")
                .setSeed(section.whole("seed", 0))
                .setTerms(section.count("terms", 0))
                .setDigits(section.count("digits", 0))
                .build();
    }
}
