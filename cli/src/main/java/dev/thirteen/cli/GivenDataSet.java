package dev.thirteen.cli;

import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The problems of an evaluation.
 *
 * @param blob what is to be uploaded first; empty for a generator
 * @param split "dev", "test" or empty where nobody said
 */
record GivenDataSet(DataSet set, Optional<DataSetBlob> blob, String split) {
    /** Problems of a generator, which has no end of its own: enough to see a difference of a few per cent. */
    static final int GENERATED = 1024;

    private static final Pattern SPLIT = Pattern.compile("([a-z-]+):([a-z]+)(?::([0-9]{1,18}))?");
    private static final Pattern RANDOM =
            Pattern.compile("(random-arithmetic):([0-9]{1,2})x([0-9]{1,2})(?::([0-9]{1,18}))?");

    static GivenDataSet of(DataSetBlob blob, String split) {
        DataSet set = DataSet.newBuilder().setBlobDigest(blob.digest()).build();
        return new GivenDataSet(set, Optional.of(blob), split);
    }

    static GivenDataSet of(DataSet set, String split) {
        return new GivenDataSet(set, Optional.empty(), split);
    }

    /**
     * What {@code --data-set} names: a file, a folder or a generator.
     *
     * @param scorer label of a scorer, which must be able to read the right answers
     */
    static GivenDataSet named(String named, EvaluationOptions options, String scorer) {
        if (Files.exists(Path.of(named))) {
            Optional<Scorer> judge = Scorer.named(scorer);
            DataSetBlob blob = ProblemFile.read(options.location.files(Path.of(named)), options.fields.fields(), judge);
            return of(blob, options.location.split());
        }
        Matcher random = RANDOM.matcher(named);
        Matcher split = SPLIT.matcher(named);
        if (random.matches()) {
            return generator(generator(random.group(1), random.group(4))
                    .setTerms(Integer.parseInt(random.group(2)))
                    .setDigits(Integer.parseInt(random.group(3))));
        }
        if (split.matches())
            return generator(generator(split.group(1), split.group(3)).setSplit(split.group(2)));
        throw new Failure(
                Failure.Kind.CALLER,
                "--data-set '" + named + "' is neither a file or folder nor NAME:SPLIT[:SEED] nor"
                        + " random-arithmetic:TERMSxDIGITS[:SEED]");
    }

    private static GivenDataSet generator(Generator.Builder generator) {
        return of(DataSet.newBuilder().setGenerator(generator).build(), generator.getSplit());
    }

    private static Generator.Builder generator(String name, String seed) {
        return Generator.newBuilder().setName(name).setSeed(seed == null ? 0 : Long.parseLong(seed));
    }
}
