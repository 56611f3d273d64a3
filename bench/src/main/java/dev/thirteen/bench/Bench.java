package dev.thirteen.bench;

import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.Precision;
import java.nio.file.Path;
import java.util.List;

public final class Bench {
    public static void main(String[] arguments) {
        Shapes shape = Shapes.valueOf(arguments[0]);
        int rows = Integer.parseInt(arguments[1]);
        Path models = Path.of(arguments[2]);
        Path tokenizer = Path.of(arguments[3]);
        long t0 = System.nanoTime();
        try (BaseModel base = BaseModel.load(shape.folder(models, tokenizer), new EngineOptions(Precision.BF16, 0))) {
            System.out.printf("loaded %.1f s%n", (System.nanoTime() - t0) / 1e9);
            t0 = System.nanoTime();
            List<Policy> policies = Adapters.of(base, 64);
            System.out.printf("svd %.1f s%n", (System.nanoTime() - t0) / 1e9);
            List<Policy> mixed = new java.util.ArrayList<>(policies.subList(0, 5));
            mixed.add(Policy.BASE);
            System.out.printf("check base %.5f%n", Check.decoding(base, shape.vocabulary(), List.of(Policy.BASE)));
            System.out.printf("check adapters %.5f%n", Check.decoding(base, shape.vocabulary(), mixed));
            String only = arguments.length > 4 ? arguments[4] : "equal";
            if (only.equals("gradient")) {
                var gradient = new dev.thirteen.engine.PolicyGradient(base);
                for (int t : new int[] {512, 1024}) {
                    List<dev.thirteen.engine.PolicyGradient.Sequence> sequences = new java.util.ArrayList<>();
                    var random = new java.util.SplittableRandom(1);
                    for (int i = 0; i < 16; i++) {
                        sequences.add(new dev.thirteen.engine.PolicyGradient.Sequence(
                                random.ints(t / 2, 0, 1000).toArray(),
                                random.ints(t / 2, 0, 1000).toArray()));
                    }
                    for (int i = 0; i < 4; i++) {
                        long t1 = System.nanoTime();
                        gradient.gradient(policies.getFirst(), sequences, 1, 16384, (s, l) -> l);
                        System.out.printf("gradient 16x%d %.0f tok/s%n", t, 16 * t / ((System.nanoTime() - t1) / 1e9));
                    }
                }
                System.exit(0);
            }
            if (only.equals("many")) policies = Adapters.of(base, rows);
            for (List<Policy> some : List.of(List.of(Policy.BASE), policies)) {
                List<Requests> work = switch (only) {
                    case "gsm8k" -> Requests.gsm8k(2048);
                    case "nano" -> Requests.uniform(256, 100, 1024, 0);
                    default -> Requests.equal(rows, 128, 128);
                };
                Serving prompts = new Serving(base, shape.vocabulary(), Requests.equal(rows, 128, 1), some, rows);
                for (int i = 0; i < 3; i++) {
                    prompts.run(i);
                    long t1 = System.nanoTime();
                    prompts.run(i);
                    System.out.printf("prefill %.1f ms%n", (System.nanoTime() - t1) / 1e6);
                }
                prompts.close();
                Serving serving = new Serving(base, shape.vocabulary(), work, some, rows);
                for (int i = 0; i < 3; i++)
                    System.out.printf(
                            "%s %s %d rows %d policies: %.0f tok/s%n", shape, only, rows, some.size(), serving.run(i));
                if (work.size() == rows) {
                    var parts = serving.profile();
                    parts.forEach((k, v) -> System.out.printf("  %-12s %8.1f us%n", k, v));
                    System.out.printf(
                            "  sum %.1f us%n",
                            parts.values().stream().mapToDouble(x -> x).sum());
                }
                serving.close();
            }
        }
        System.exit(0);
    }
}
