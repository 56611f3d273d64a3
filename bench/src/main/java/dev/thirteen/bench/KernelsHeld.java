package dev.thirteen.bench;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.engine.PolicyGradient.Sequence;
import dev.thirteen.engine.Precision;
import dev.thirteen.engine.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * {@code bin/bench --kernels}: trained adapters of some rank by the device's own kernels, held against the programs on the same
 * prompts, greedily; beside adapters of a rank at which they are known to agree.
 */
public final class KernelsHeld {
    private static final int ROWS = 64;
    /** So few rows are multiplied by other kernels. */
    private static final int FEW = 2;

    private static final int ANSWER = 96;
    private static final int PASS_TOKENS = 8192;
    private static final SamplingParameters GREEDY = new SamplingParameters(0, 1, 0, ANSWER, 0);

    /** A basis, and the policies on it beside the base. */
    private record Adapted(int rank, List<Policy> policies) {}

    private final BaseModel base;
    private final List<int[]> prompts;

    private KernelsHeld(BaseModel base) {
        this.base = base;
        this.prompts = prompts(base.tokenizer());
    }

    /** home, model folder, and RANK:FILE of trained numbers, one vector a module; the first rank is the yardstick. */
    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        boolean ranked = Arrays.stream(arguments).skip(2).allMatch(given -> given.matches("\\d{1,3}:.+"));
        if (Machine.gpu().isEmpty() || arguments.length < 4 || !ranked) {
            Progress.say("this needs a GPU, a model's folder, and RANK:FILE of two ranks");
            System.exit(2);
        }
        System.out.println(Machine.describe());
        Map<Integer, List<Path>> files = new LinkedHashMap<>();
        for (String given : List.of(arguments).subList(2, arguments.length)) {
            int colon = given.indexOf(':');
            files.computeIfAbsent(Integer.parseInt(given.substring(0, colon)), _ -> new ArrayList<>())
                    .add(Path.of(arguments[0]).resolve(given.substring(colon + 1)));
        }
        int threads = Runtime.getRuntime().availableProcessors();
        boolean held = true;
        try (BaseModel base = BaseModel.load(Path.of(arguments[1]), new EngineOptions(Precision.BF16, threads))) {
            KernelsHeld work = new KernelsHeld(base);
            List<KernelDifference> found = new ArrayList<>();
            for (Map.Entry<Integer, List<Path>> of : files.entrySet()) {
                KernelDifference one = work.difference(work.adapted(of.getKey(), of.getValue()));
                found.add(one);
                System.out.println(one);
                held &= one.holdsBeside(found.getFirst());
            }
        }
        System.out.println((held ? "PASS: " : "FAIL: ") + KernelDifference.BOUND);
        System.exit(held ? 0 : 1);
    }

    private Adapted adapted(int rank, List<Path> files) {
        List<float[]> values = files.stream().map(KernelsHeld::values).toList();
        int numbers = values.getFirst().length / base.shape().modules().size();
        Basis basis =
                Basis.derive(base, new TinyLoraSpec(rank, numbers, Tying.TILED, 1, SigmaForm.PAPER, 1, ValueType.BF16));
        return new Adapted(rank, values.stream().map(v -> new Policy(basis, v)).toList());
    }

    private static float[] values(Path file) {
        try {
            return ValueType.BF16.decode(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    private static List<int[]> prompts(Tokenizer tokenizer) {
        SplittableRandom random = new SplittableRandom(16);
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            int[] n = random.ints(4, 2, 60).toArray();
            String question = """
                    A shop has %d boxes of %d pens. It sells %d pens on Monday, and on each of the %d days after that three \
                    fewer. How many pens are left?
                    Please reason step by step, and put your final answer within \\boxed{}.""".formatted(n[0], n[1], n[2], n[3] / 8 + 1);
            prompts.add(tokenizer.encodeChat(List.of(new Tokenizer.Turn("user", question))));
        }
        return prompts;
    }

    private KernelDifference difference(Adapted adapted) {
        System.setProperty("thirteen.engine.kernels", "programs");
        Map<Long, List<Decoder.Token>> plain = drawn(adapted, ROWS);
        Map<Long, List<Decoder.Token>> plainFew = drawn(adapted, FEW);
        List<Sequence> sequences = sequences(plain);
        Policy policy = adapted.policies().getFirst();
        double[] slow = gradient(policy, sequences);
        double moved = moved(policy, sequences);
        System.clearProperty("thirteen.engine.kernels");
        RowDifference drawn = RowDifference.of(plain, drawn(adapted, ROWS), Decoder.Token::rawLogProb)
                .with(RowDifference.of(plainFew, drawn(adapted, FEW), Decoder.Token::rawLogProb));
        return KernelDifference.of(adapted.rank(), drawn, moved, slow, gradient(policy, sequences));
    }

    /** Rows of all policies and of the base side by side. */
    private Map<Long, List<Decoder.Token>> drawn(Adapted adapted, int rows) {
        List<Policy> policies = new ArrayList<>(adapted.policies());
        policies.add(Policy.BASE);
        List<Decoder.Group> groups = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            groups.add(new Decoder.Group(i, policies.get(i % policies.size()), prompts.get(i), 1, GREEDY, i));
        }
        try (Decoder decoder = new Decoder(base, new Decoder.Options(rows, 512, false))) {
            return RowDifference.drawn(decoder, groups);
        }
    }

    private List<Sequence> sequences(Map<Long, List<Decoder.Token>> drawn) {
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < ROWS; i += 4) {
            int[] ids = drawn.getOrDefault((long) i, List.of()).stream()
                    .mapToInt(Decoder.Token::tokenId)
                    .toArray();
            sequences.add(new Sequence(prompts.get(i), ids));
        }
        return sequences;
    }

    /** How far the adapter moves a token's log-prob from the base's, in the mean. */
    private double moved(Policy policy, List<Sequence> sequences) {
        PolicyGradient whole = new PolicyGradient(base);
        List<double[]> own = whole.logProbs(policy, sequences, 1, PASS_TOKENS);
        List<double[]> bases = whole.logProbs(Policy.BASE, sequences, 1, PASS_TOKENS);
        double sum = 0;
        int tokens = 0;
        for (int i = 0; i < own.size(); i++) {
            for (int t = 0; t < own.get(i).length; t++) sum += Math.abs(own.get(i)[t] - bases.get(i)[t]);
            tokens += own.get(i).length;
        }
        return sum / tokens;
    }

    /** Of a loss whose advantages have both signs. */
    private double[] gradient(Policy policy, List<Sequence> sequences) {
        return new PolicyGradient(base)
                .gradient(policy, sequences, 1, PASS_TOKENS, (sequence, logProbs) -> {
                    double[] weights = new double[logProbs.length];
                    Arrays.fill(weights, sequence % 2 == 0 ? 1 : -1);
                    return weights;
                })
                .gradient();
    }
}
