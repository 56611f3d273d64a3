package dev.thirteen.engine;

import dev.thirteen.core.sampling.SamplingParameters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Groups under policies of every family, several bases of one family and the base itself. */
final class MixedBatch {
    private static final int NEW_TOKENS = 8;

    private MixedBatch() {}

    /** In an order that mixes families, with groups of one and of two, that come in while others run. */
    static List<Decoder.Group> groups(BaseModel base, Path folder) throws IOException {
        List<Policy> policies = new ArrayList<>(List.of(Policy.BASE));
        for (Map.Entry<String, String> config : RandomAdapters.CONFIGS.entrySet()) {
            for (int seed = 1; seed <= 2; seed++) {
                Path place = folder.resolve(config.getKey() + seed);
                policies.add(RandomAdapters.policy(place, base, config.getValue(), seed));
            }
        }
        Random random = new Random(13);
        Collections.shuffle(policies, random);
        List<Decoder.Group> groups = new ArrayList<>();
        for (Policy policy : policies) {
            int[] prompt = random.ints(2 + random.nextInt(9), 0, 590).toArray();
            SamplingParameters sampling = new SamplingParameters(1, 1, 0, 3 + random.nextInt(NEW_TOKENS), 7);
            groups.add(new Decoder.Group(groups.size(), policy, prompt, 1 + groups.size() % 2, sampling, 5));
        }
        return groups;
    }

    /** Groups of the base alone. */
    static List<Decoder.Group> plain() {
        Random random = new Random(5);
        List<Decoder.Group> groups = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int[] prompt = random.ints(2 + random.nextInt(9), 0, 590).toArray();
            SamplingParameters sampling = new SamplingParameters(1, 1, 0, NEW_TOKENS, 7);
            groups.add(new Decoder.Group(i, Policy.BASE, prompt, 2, sampling, 5));
        }
        return groups;
    }

    /** Drawn tokens by group and sample; four groups come in with each step. */
    static Map<String, List<Decoder.Token>> run(BaseModel base, List<Decoder.Group> groups, int promptTokens) {
        Map<String, List<Decoder.Token>> drawn = new LinkedHashMap<>();
        List<Decoder.Group> waiting = new ArrayList<>(groups);
        Decoder.Cache cache = new Decoder.Cache(8192, promptTokens, false);
        try (Decoder decoder = new Decoder(base, new Decoder.Options(64, 64, false, cache))) {
            while (decoder.runningRows() > 0 || !waiting.isEmpty()) {
                for (int i = 0; i < 4 && !waiting.isEmpty(); i++) decoder.admit(waiting.removeFirst());
                for (Decoder.Token token : decoder.step()) {
                    drawn.computeIfAbsent(token.group() + "/" + token.sample(), _ -> new ArrayList<>())
                            .add(token);
                }
            }
        }
        return drawn;
    }
}
