package dev.thirteen.bench;

import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Measures on a GPU. The peer of a line without suffix is vLLM, whose figures were taken on an H200 in another sitting. */
final class GpuMeasures {
    private static final String CUDA = "cuda";
    private static final int ROUNDS = 3;
    private static final int ROWS = 512;
    private static final double VLLM_RAGGED = 30_309;
    private static final double VLLM_NANO = 36_545;
    private static final double VLLM_STREAM_SMALL = 661;
    private static final double VLLM_STREAM_LARGE = 333;
    private static final double VLLM_64_ADAPTERS = 25_333;
    private static final double MEMORY_BOUND = 24;

    private GpuMeasures() {}

    /** Base against vLLM's constant, and against HF generate and the card's bound in this run. */
    static List<Line> decode(String name, Place place, Shapes shape, double vllm) {
        List<Line> lines = new ArrayList<>(served(name, place, shape, Requests.equal(ROWS, 128, 128), vllm));
        double bound = ROWS / Card.here().stepSeconds(shape, ROWS, 192);
        lines.add(lines.getFirst().against(name + "-bound", bound));
        return lines;
    }

    static List<Line> ragged(String name, Place place) {
        return served(name, place, Shapes.QWEN_1_5B, Requests.gsm8k(2048), VLLM_RAGGED);
    }

    static List<Line> nano(String name, Place place) {
        return served(name, place, Shapes.QWEN_0_5B, Requests.uniform(256, 100, 1024, 0), VLLM_NANO);
    }

    static List<Line> oneStream(String name, Place place) {
        List<Requests> work = Requests.equal(1, 128, 128);
        List<Line> small = served(name + "-0.5b", place, Shapes.QWEN_0_5B, work, VLLM_STREAM_SMALL);
        List<Line> large = served(name + "-3b", place, Shapes.QWEN_3B, work, VLLM_STREAM_LARGE);
        List<Line> all = new ArrayList<>(Pair.withWorst(name, List.of(small.getFirst(), large.getFirst())));
        all.add(small.getLast());
        all.add(large.getLast());
        return all;
    }

    /** Against vLLM's constant, then against HF generate in this run, in batches of as many requests as ours has in flight. */
    private static List<Line> served(String name, Place place, Shapes shape, List<Requests> work, double vllm) {
        int inFlight = Math.min(ROWS, work.size());
        try (BaseModel base = Models.load(place, shape);
                Peer peer = place.peer("decode.py", PeerSetting.of(place, shape, CUDA, inFlight, work))) {
            Check.decoding(base, shape.vocabulary(), List.of(Policy.BASE));
            try (Serving serving = new Serving(base, shape.vocabulary(), work, List.of(Policy.BASE), inFlight)) {
                serving.run(0);
                serving.run(1);
                Rounds rounds = Rounds.alternate(ROUNDS, serving::run, peer);
                return List.of(
                        Line.against(name, Unit.TOKENS, rounds.ours(), vllm),
                        Line.of(name + "-hf", Unit.TOKENS, rounds.ours(), rounds.peer()));
            }
        }
    }

    /** The same rows with adapters and, as the peer, without adapter terms; and 64 adapters against vLLM's 64 LoRAs. */
    static List<Line> adapters(String name, Place place) {
        Shapes shape = Shapes.QWEN_0_5B;
        List<Line> lines = new ArrayList<>();
        try (BaseModel base = Models.load(place, shape)) {
            List<Policy> policies = Adapters.of(base, 4096);
            Check.decoding(base, shape.vocabulary(), policies.subList(0, 24));
            for (int[] some : new int[][] {{1, ROWS}, {64, ROWS}, {ROWS, ROWS}, {4096, 4096}}) {
                List<Requests> work = Requests.equal(some[1], 128, 128);
                Function<List<Policy>, Serving> serving =
                        used -> new Serving(base, shape.vocabulary(), work, used, some[1]);
                try (Serving ours = serving.apply(policies.subList(0, some[0]));
                        Serving alone = serving.apply(List.of(Policy.BASE))) {
                    lines.add(Pair.compare(name + "-" + some[0], ROUNDS, ours::run, alone::run));
                }
            }
        }
        List<Line> all = new ArrayList<>(Pair.withWorst(name, lines));
        all.add(lines.get(1).against(name + "-vllm", VLLM_64_ADAPTERS));
        return all;
    }

    static List<Line> smallGradient(String name, Place place) {
        return List.of(gradient(name, place, new Gradients(Shapes.QWEN_0_5B, 16, 1, 512, 512)));
    }

    static List<Line> largeGradient(String name, Place place) {
        Shapes shape = Shapes.QWEN_3B;
        Line line = gradient(name, place, new Gradients(shape, 16, 1, 256, 256));
        double peak = Card.here().flops() / (4.0 * (shape.layerParameters() + shape.headParameters()));
        return List.of(line, line.against(name + "-bound", peak));
    }

    /** The most memory that the card gives while a gradient runs. What ran before in a process would keep some of it. */
    static List<Line> gradientMemory(String name, Place place) {
        try (BaseModel base = Models.load(place, Shapes.QWEN_3B);
                DeviceMemory memory = DeviceMemory.watch()) {
            new Gradients(Shapes.QWEN_3B, 16, 1, 512, 512).on(base).round(0);
            double[] most = {memory.mostGibibytes()};
            return List.of(Line.against(name, Unit.GIBIBYTES, most, MEMORY_BOUND));
        }
    }

    /** A whole GRPO step against a plain loop of transformers and PEFT, which needs the whole card: it goes first, and leaves. */
    static List<Line> trainingStep(String name, Place place) {
        Shapes shape = Shapes.QWEN_1_5B;
        double[] peers;
        try (Peer peer = place.peer(
                "training_step.py", PeerSetting.of(place, shape, CUDA, TrainingStep.SAMPLES, TrainingStep.samples()))) {
            peers = Rounds.alone("the peer", ROUNDS, peer::round);
        }
        try (BaseModel sampler = Models.load(place, shape);
                BaseModel learner = Models.load(place, shape);
                TrainingStep step = new TrainingStep(sampler, learner, shape.vocabulary())) {
            Check.decoding(learner, shape.vocabulary(), List.of(Policy.BASE));
            step.run(0);
            step.run(1);
            double[] ours = Rounds.alone(ROUNDS, step::run);
            place.notes().add(step.parts());
            return List.of(Line.of(name, Unit.SECONDS, ours, peers));
        }
    }

    private static Line gradient(String name, Place place, Gradients work) {
        work.check(place);
        Shapes shape = work.shape();
        try (BaseModel base = Models.load(place, shape);
                Peer peer = place.peer("gradient.py", PeerSetting.of(place, shape, CUDA, 16, work.requests()))) {
            Side ours = work.on(base);
            ours.round(0);
            ours.round(1);
            Rounds rounds = Rounds.alternate(ROUNDS, ours, peer);
            return Line.of(name, Unit.TOKENS, rounds.ours(), rounds.peer());
        }
    }
}
