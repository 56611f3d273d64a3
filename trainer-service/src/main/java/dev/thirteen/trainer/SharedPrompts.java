package dev.thirteen.trainer;

import dev.thirteen.core.data.PromptTemplate;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.engine.Tokenizer;
import java.lang.ref.SoftReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Encoded problems, once for all runs that read the same ones in the same way: they differ in order alone. Used by the thread
 * that prepares runs.
 */
final class SharedPrompts {
    /** Whatever the encoded problems, or whether they are refused, depends on. */
    private record Key(
            String tokenizer,
            RunSpec.DataSource data,
            PromptTemplate template,
            Optional<RewardSpec> reward,
            int maxTokens,
            int longest) {}

    private final DataSets dataSets;
    private final Map<Key, SoftReference<Prompts>> known = new HashMap<>();

    SharedPrompts(DataSets dataSets) {
        this.dataSets = dataSets;
    }

    /** @param longest tokens that prompt and completion may have together */
    Prompts of(RunSpec spec, Tokenizer tokenizer, int longest) {
        Key key = new Key(
                tokenizer.digest(),
                spec.data(),
                spec.promptTemplate(),
                spec.algorithm().supervised()
                        ? Optional.empty()
                        : Optional.of(spec.reward().spec()),
                spec.sampling().maxTokens(),
                longest);
        SoftReference<Prompts> kept = known.get(key);
        Prompts encoded = kept == null ? null : kept.get();
        if (encoded == null) {
            encoded = new PromptEncoding(spec, tokenizer, longest).of(dataSets.training(spec));
            known.values().removeIf(gone -> gone.get() == null);
            known.put(key, new SoftReference<>(encoded));
        }
        return new Prompts(
                encoded.problems(),
                encoded.tokens(),
                encoded.completions(),
                spec.sampling().seed(),
                spec.schedule().groupsPerStep());
    }
}
