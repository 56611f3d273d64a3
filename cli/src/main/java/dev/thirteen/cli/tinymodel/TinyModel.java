package dev.thirteen.cli.tinymodel;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.PolicyGradient.Sequence;
import dev.thirteen.engine.Pretraining;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command of {@code make tiny-model}. */
@Command(
        name = "thirteen-tiny-model",
        mixinStandardHelpOptions = true,
        description = "Makes the bundled tiny model from nothing and replaces its folder.")
public final class TinyModel implements Callable<Integer> {
    private static final int REPORT_STEPS = 50;

    @Option(names = "--folder", required = true, description = "Folder that the model replaces at the end.")
    private Path folder = Path.of("");

    @Option(names = "--steps", defaultValue = "2200", description = "Optimizer steps (${DEFAULT-VALUE}).")
    private int steps;

    @Option(names = "--documents", defaultValue = "512", description = "Documents a step (${DEFAULT-VALUE}).")
    private int documents;

    @Option(
            names = "--corpus",
            defaultValue = "20480",
            description = "Documents in all, read again when used up (${DEFAULT-VALUE}).")
    private long corpus;

    @Option(names = "--seed", defaultValue = "2", description = "Seed of corpus and weights (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--threads", defaultValue = "0", description = "Processor threads; 0 means all.")
    private int threads;

    @Option(
            names = "--pass-tokens",
            defaultValue = "4096",
            description = "Tokens of one pass (${DEFAULT-VALUE}); more suits a GPU.")
    private int passTokens;

    @Option(
            names = "--architecture",
            defaultValue = "qwen2",
            description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Shape.Architecture architecture = Shape.Architecture.qwen2;

    @Option(names = "--hidden", defaultValue = "192", description = "Width, a multiple of 8 (${DEFAULT-VALUE}).")
    private int hidden;

    @Option(names = "--layers", defaultValue = "6", description = "Decoder layers (${DEFAULT-VALUE}).")
    private int layers;

    private TinyModel() {}

    /** Makes the model; exits with 0, or with 1 and a sentence on standard error. */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        CommandLine line = new CommandLine(new TinyModel());
        line.setExecutionExceptionHandler((problem, command, result) -> {
            // A Failure says what is wrong; anything else is a defect, and its trace belongs in a report.
            if (!(problem instanceof Failure) && !(problem instanceof IOException)) throw problem;
            System.err.println("thirteen-tiny-model: " + problem.getMessage());
            return 1;
        });
        System.exit(line.execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Recipe recipe = new Recipe(steps, documents, corpus, seed);
        Shape shape = new Shape(architecture, hidden, layers);
        ModelFolder model = ModelFolder.begin(folder, shape);
        try (Pretraining training = Pretraining.create(model.path(), seed, Recipe.OPTIMIZER, threads)) {
            train(training, recipe);
            model.write("model.safetensors", training.checkpoint());
        }
        System.out.println("measuring accuracy on " + Accuracy.PROBLEMS + " held-out problems");
        String card = ModelCard.of(model.path(), folder.getFileName().toString(), shape, recipe, threads);
        model.write("README.md", card.getBytes(StandardCharsets.UTF_8));
        model.publish();
        card.lines().filter(line -> line.startsWith("|")).forEach(System.out::println);
        System.out.println("made " + folder);
        return 0;
    }

    private void train(Pretraining training, Recipe recipe) {
        long start = System.nanoTime();
        long tokens = 0;
        for (int step = 0; step < recipe.steps(); step++) {
            List<Sequence> sequences = recipe.sequences(step);
            double loss = training.step(sequences, recipe.rate(step), passTokens);
            tokens += sequences.stream()
                    .mapToInt(sequence -> sequence.promptTokens().length + sequence.completionTokens().length)
                    .sum();
            int done = step + 1;
            if (done % REPORT_STEPS == 0 || done == 10 || done == recipe.steps()) {
                report(recipe, done, loss, tokens, (System.nanoTime() - start) / 1e9);
            }
        }
    }

    private static void report(Recipe recipe, int done, double loss, long tokens, double seconds) {
        System.out.printf(
                Locale.ROOT,
                "step %,d of %,d  loss %.3f  %,.0f tokens/s  %.0f minutes left%n",
                done,
                recipe.steps(),
                loss,
                tokens / seconds,
                Math.ceil(seconds / done * (recipe.steps() - done) / 60));
    }
}
