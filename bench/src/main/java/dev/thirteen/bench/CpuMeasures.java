package dev.thirteen.bench;

import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Measures on the processor: bf16 unless a measure says otherwise, as many threads as there are processors. */
final class CpuMeasures {
    private static final String CPU = "cpu";
    private static final int ROUNDS = 5;
    /** Of what takes minutes. */
    private static final int FEW_ROUNDS = 3;

    private CpuMeasures() {}

    static List<Line> decode(String name, Place place) {
        List<Requests> work = Requests.equal(32, 128, 128);
        return List.of(decoding(name, place, work, 32, ROUNDS));
    }

    /** Ours has all requests in flight, as a rollout service has: none waits for the longest of a batch. */
    static List<Line> ragged(String name, Place place) {
        List<Requests> work = Requests.gsm8k(64);
        return List.of(decoding(name, place, work, work.size(), FEW_ROUNDS));
    }

    private static Line decoding(String name, Place place, List<Requests> work, int inFlight, int count) {
        Shapes shape = Shapes.SMOLLM2_135M;
        try (BaseModel base = Models.load(place, shape);
                Peer peer = place.peer("decode.py", PeerSetting.of(place, shape, CPU, 32, work))) {
            List<Policy> policy = Adapters.of(base, 1);
            try (Serving serving = new Serving(base, shape.vocabulary(), work, policy, inFlight)) {
                serving.run(0);
                // Behind the warm-up, since the loops that are timed take over from the programs in the middle of it.
                Check.decoding(base, shape.vocabulary(), policy);
                Rounds rounds = Rounds.alternate(count, serving::run, peer);
                return Line.of(name, Unit.TOKENS, rounds.ours(), rounds.peer());
            }
        }
    }

    /** Prompts and one token of each, so that the engine has to use what it computed. */
    static List<Line> prefill(String name, Place place) {
        Shapes shape = Shapes.SMOLLM2_135M;
        List<Requests> work = Requests.equal(16, 512, 1);
        try (BaseModel base = Models.load(place, shape);
                Peer peer = place.peer("prefill.py", PeerSetting.of(place, shape, CPU, work.size(), work))) {
            List<Policy> policy = Adapters.of(base, 1);
            try (Serving serving = new Serving(base, shape.vocabulary(), work, policy, work.size())) {
                serving.run(0);
                // Behind the warm-up, since the loops that are timed take over from the programs in the middle of it.
                Check.decoding(base, shape.vocabulary(), policy);
                Rounds rounds = Rounds.alternate(ROUNDS, number -> 512 * serving.run(number), peer);
                return List.of(Line.of(name, Unit.TOKENS, rounds.ours(), rounds.peer()));
            }
        }
    }

    /** Both in fp32 where the processor does not multiply bf16: that is the fastest setting of either. */
    static List<Line> gradient(String name, Place place) {
        Shapes shape = Shapes.QWEN_0_5B;
        Gradients work = new Gradients(shape, 2, 4, 256, 256);
        work.check(place);
        PeerSetting setting = PeerSetting.of(place, shape, CPU, 1, work.requests());
        try (BaseModel base = Models.load(place, shape, Precision.AUTO);
                Peer peer = place.peer("gradient.py", setting.as(base))) {
            Side ours = work.on(base);
            ours.round(0);
            Rounds rounds = Rounds.alternate(FEW_ROUNDS, ours, peer);
            return List.of(Line.of(name, Unit.TOKENS, rounds.ours(), rounds.peer()));
        }
    }

    /** The same rows with adapters of their own and, as the peer, with the program that has no adapter terms. */
    static List<Line> adapters(String name, Place place) {
        Shapes shape = Shapes.SMOLLM2_135M;
        List<Line> lines = new ArrayList<>();
        try (BaseModel base = Models.load(place, shape)) {
            List<Policy> policies = Adapters.of(base, 1024);
            for (int distinct : new int[] {1, 64, 1024}) {
                List<Requests> work = Requests.equal(Math.max(64, distinct), 32, distinct == 1024 ? 16 : 64);
                Function<List<Policy>, Serving> serving = some -> new Serving(base, shape.vocabulary(), work, some, 32);
                try (Serving ours = serving.apply(policies.subList(0, distinct));
                        Serving alone = serving.apply(List.of(Policy.BASE))) {
                    if (lines.isEmpty()) {
                        ours.run(0);
                        Check.decoding(base, shape.vocabulary(), policies.subList(0, 24));
                    }
                    lines.add(Pair.compare(name + "-" + distinct, ROUNDS, ours::run, alone::run));
                }
            }
        }
        return Pair.withWorst(name, lines);
    }

    static List<Line> load(String name, Place place) {
        Shapes shape = Shapes.QWEN_0_5B;
        List<Requests> work = Requests.equal(1, 16, 1);
        try (Peer peer = place.peer("load.py", PeerSetting.of(place, shape, CPU, 1, work))) {
            Check.firstToken(place, shape, work.getFirst().prompt(), (int) peer.round(Check.FIRST_TOKEN));
            Side ours = number -> {
                long start = System.nanoTime();
                try (BaseModel base = Models.load(place, shape);
                        Serving serving = new Serving(base, shape.vocabulary(), work, List.of(Policy.BASE), 1)) {
                    serving.run(number);
                    double seconds = (System.nanoTime() - start) * 1e-9;
                    // What goes on behind the first token must not disturb the peer.
                    base.digest();
                    return seconds;
                }
            };
            ours.round(0);
            Rounds rounds = Rounds.alternate(ROUNDS, ours, peer);
            return List.of(Line.of(name, Unit.SECONDS, rounds.ours(), rounds.peer()));
        }
    }
}
