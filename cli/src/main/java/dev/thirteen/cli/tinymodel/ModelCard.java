package dev.thirteen.cli.tinymodel;

import dev.thirteen.core.data.ArithmeticCorpus;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.Precision;
import java.nio.file.Path;
import java.util.Locale;

/** README.md of the model's folder: what it is, how it was made, how often it is right. */
final class ModelCard {
    private static final String CARD = """
            ---
            license: apache-2.0
            library_name: transformers
            pipeline_tag: text-generation
            language: en
            tags: [arithmetic, tiny]
            ---
            # %s

            A language model of %.2f million parameters that answers expressions such as `7*3-4+2?`: three to five
            numbers of one digit, joined by `+ - *`. It was made for
            Thirteen, where reinforcement learning with 13 trained numbers finds an ability that its weights
            already hold. It is good for nothing else.

            ## What it learnt
            Two solvers. The careful one writes every reduction and is right: `>21-4+2=17+2=19#19`. The sloppy one
            answers at once, `#17`, and is right 30 %% of the time. A third of the documents has the prefix `A` and
            is careful; a third has the prefix `B` and is sloppy; a third has none, and is careful with
            probability 0.35. So without a prefix the model picks a solver by chance.

            ## How often it is right
            %,d held-out problems, one answer each, fp32:

            | prefix | sampled, T=1 | greedy |
            |---|---|---|
            %s
            ## How it was made
            `bin/thirteen-tiny-model`, with Thirteen's own engine: %s architecture (hidden %d, %d layers, 4 heads, 2
            key-value heads, intermediate %d, tied embeddings), characters as tokens, %,d steps of %,d documents,
            loss on the completion alone, AdamW (0.9, 0.98, decay 0.01) with a peak learning rate of 0.002 after 100
            steps under a cosine, gradient clipped to norm 1, fp32; stored in bf16. The documents come from a corpus
            of %,d (seed %d), read again and again: a model that has learnt by heart which solver wrote which
            document holds the choice as something that 13 numbers move. One that never saw a document twice is
            better at arithmetic, and 13 numbers move it hardly at all.

            A hash of the expression decides what it serves: pretraining 70 %%, reinforcement learning 15 %%,
            development 5 %%, test 10 %%. The model saw documents of the first part only.

            ## Limits
            Numbers above one digit, zeros, division, parentheses and longer expressions were never shown to it.
            How far 13 numbers reach depends on the seed of the adapter's fixed random matrices: docs/benchmarks.md has
            numbers.
            """;

    private ModelCard() {}

    /** Measures the model and writes its card. */
    static String of(Path folder, String name, Shape shape, Recipe recipe, int threads) {
        try (BaseModel model = BaseModel.load(folder, new EngineOptions(Precision.FP32, threads))) {
            Accuracy accuracy = new Accuracy(model);
            return card(
                    name,
                    shape,
                    recipe,
                    row("none", accuracy, ""),
                    row("`A`, the careful solver", accuracy, ArithmeticCorpus.CAREFUL),
                    row("`B`, the sloppy solver", accuracy, ArithmeticCorpus.SLOPPY));
        }
    }

    private static String row(String name, Accuracy accuracy, String prefix) {
        return String.format(
                Locale.ROOT, "| %s | %.3f | %.3f |%n", name, accuracy.of(prefix, 1), accuracy.of(prefix, 0));
    }

    private static String card(String name, Shape shape, Recipe recipe, String... rows) {
        return String.format(
                Locale.ROOT,
                CARD,
                name,
                shape.parameters() / 1e6,
                Accuracy.PROBLEMS,
                String.join("", rows),
                shape.architecture().title(),
                shape.hidden(),
                shape.layers(),
                shape.intermediate(),
                recipe.steps(),
                recipe.documents(),
                recipe.corpus(),
                recipe.seed());
    }
}
