package dev.thirteen.rollout;

import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Policy;

/**
 * Samples to draw of one prompt under one policy.
 *
 * @param promptTokens not shared
 * @param firstStream random stream of sample 0; sample i draws from firstStream + i
 * @param alone decoded in a batch of its own and of fixed shape, so that its bits depend on nothing else
 * @param alternatives likeliest tokens to tell of beside each drawn one
 */
record DecodeTask(
        BaseModel base,
        Policy policy,
        int[] promptTokens,
        int samples,
        SamplingParameters sampling,
        long firstStream,
        boolean alone,
        int alternatives) {
    /** The same under another policy. */
    DecodeTask under(Policy other) {
        return new DecodeTask(base, other, promptTokens, samples, sampling, firstStream, alone, alternatives);
    }

    /** The same, with the likeliest tokens told of. */
    DecodeTask beside(int likeliest) {
        return new DecodeTask(base, policy, promptTokens, samples, sampling, firstStream, alone, likeliest);
    }
}
