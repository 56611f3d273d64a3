package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads the data-set section of a run file: a problem file with its field map, or a generator. */
final class DataSetSection {
    private static final Map<String, String> GENERATORS = Section.words("arithmetic");
    private static final Map<String, String> SPLITS = Section.words("rl", "dev", "test");

    private final SourceFile source;
    private final List<DataSetBlob> blobs;

    /** @param blobs takes the files that were read */
    DataSetSection(SourceFile source, List<DataSetBlob> blobs) {
        this.source = source;
        this.blobs = blobs;
    }

    DataSet read(Section parent) {
        Section section = parent.section("data-set");
        if (section.present() && section.has("file") == section.has("generator")) {
            parent.problem("data-set", "needs either file or generator");
        }
        DataSet set = section.has("file") ? file(section) : generator(section);
        section.end();
        return set;
    }

    private DataSet generator(Section section) {
        if (section.has("generator")) section.require("split");
        section.idle("fields", "without file");
        section.section("fields");
        section.text("file", "");
        return DataSet.newBuilder()
                .setGenerator(Generator.newBuilder()
                        .setName(section.choice("generator", GENERATORS, ""))
                        .setSplit(section.choice("split", SPLITS, ""))
                        .setSeed(section.whole("seed", RunDefaults.SEED)))
                .build();
    }

    private DataSet file(Section section) {
        for (String key : List.of("split", "seed")) {
            section.idle(key, "without generator");
        }
        section.choice("generator", GENERATORS, "");
        section.choice("split", SPLITS, "");
        section.whole("seed", 0);
        String name = section.text("file", "");
        ProblemFields fields = fields(section.section("fields"));
        if (name.isEmpty()) return DataSet.getDefaultInstance();
        return section.made("file", () -> Places.resolve(source.path(), name))
                .map(file -> read(section, name, file, fields))
                .orElseGet(DataSet::getDefaultInstance);
    }

    private DataSet read(Section section, String name, Path file, ProblemFields fields) {
        if (!Files.isRegularFile(file)) {
            section.problem("file", "there is no file '" + name + "' beside this file or in the working directory");
            return DataSet.getDefaultInstance();
        }
        try {
            DataSetBlob blob = ProblemFile.read(file, fields);
            if (blobs.stream().noneMatch(other -> other.digest().equals(blob.digest()))) blobs.add(blob);
            return DataSet.newBuilder().setBlobDigest(blob.digest()).build();
        } catch (Failure e) {
            source.foreign(section.lineOf("file"), String.valueOf(e.getMessage()));
            return DataSet.getDefaultInstance();
        }
    }

    static ProblemFields fields(Section section) {
        ProblemFields names = ProblemFields.DEFAULT;
        names = new ProblemFields(
                section.text("id", names.id()),
                section.text("question", names.question()),
                section.text("answer", names.answer()),
                section.text("answer-after", names.answerAfter()));
        section.end();
        return names;
    }
}
