package dev.thirteen.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
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

    /** Widths and heads are drawn too; three layers, which the adapters name. */
    static BaseModel model(Path folder, String like, long seed, Precision precision) {
        Random random = new Random(seed);
        Path model = RandomModels.write(folder.resolve("model"), like, seed, config -> shape(config, random));
        return BaseModel.load(model, new EngineOptions(precision, 1));
    }

    private static void shape(ObjectNode config, Random random) {
        int shared = 1 + random.nextInt(3);
        int keyValue = 1 + random.nextInt(2);
        config.put("num_hidden_layers", 3).put("hidden_size", 8 * (4 + random.nextInt(4)));
        config.put("intermediate_size", 8 * (5 + random.nextInt(6)));
        config.put("num_key_value_heads", keyValue).put("num_attention_heads", shared * keyValue);
        config.put("head_dim", 2 * (4 + random.nextInt(5)));
    }

    /** The base, and two policies of each family that it can have. */
    static List<Policy> policies(BaseModel base, Path folder) throws IOException {
        List<Policy> policies = new ArrayList<>(List.of(Policy.BASE));
        for (Map.Entry<String, String> config : RandomAdapters.CONFIGS.entrySet()) {
            if (config.getKey().equals("bitfit") && !base.config().biases().qkv()) continue;
            for (int seed = 1; seed <= 2; seed++) {
                Path place = folder.resolve(config.getKey() + seed);
                policies.add(RandomAdapters.policy(place, base, config.getValue(), seed));
            }
        }
        return policies;
    }

    /** Groups of one and of two, one a policy, shuffled; prompts of up to {@code longest} tokens. */
    static List<Decoder.Group> groups(List<Policy> policies, int longest, long seed) {
        List<Policy> shuffled = new ArrayList<>(policies);
        Random random = new Random(seed);
        Collections.shuffle(shuffled, random);
        List<Decoder.Group> groups = new ArrayList<>();
        for (Policy policy : shuffled) {
            int[] prompt = random.ints(1 + random.nextInt(longest), 0, 590).toArray();
            SamplingParameters sampling = new SamplingParameters(1, 1, 0, 3 + random.nextInt(NEW_TOKENS), seed);
            groups.add(new Decoder.Group(groups.size(), policy, prompt, 1 + groups.size() % 2, sampling, 5));
        }
        return groups;
    }

    /** Drawn tokens by group and sample; four groups come in with each step, where they fit. */
    static Map<String, List<Decoder.Token>> run(BaseModel base, List<Decoder.Group> groups, int promptTokens) {
        Decoder.Cache cache = new Decoder.Cache(8192, promptTokens, false);
        return run(base, groups, new Decoder.Options(64, 64, false, cache));
    }

    /** The same in a decoder of other kinds. */
    static Map<String, List<Decoder.Token>> run(BaseModel base, List<Decoder.Group> groups, Decoder.Options options) {
        Map<String, List<Decoder.Token>> drawn = new LinkedHashMap<>();
        List<Decoder.Group> waiting = new ArrayList<>(groups);
        try (Decoder decoder = new Decoder(base, options)) {
            while (decoder.runningRows() > 0 || !waiting.isEmpty()) {
                for (int i = 0; i < 4 && !waiting.isEmpty() && decoder.accepts(waiting.getFirst()); i++) {
                    decoder.admit(waiting.removeFirst());
                }
                for (Decoder.Token token : decoder.step()) {
                    drawn.computeIfAbsent(token.group() + "/" + token.sample(), _ -> new ArrayList<>())
                            .add(token);
                }
            }
        }
        return drawn;
    }
}
