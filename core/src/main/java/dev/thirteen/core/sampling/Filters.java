package dev.thirteen.core.sampling;

/**
 * Which tokens may be drawn.
 *
 * @param topP the likeliest tokens are kept until their probability reaches topP; 1 means off
 * @param topK number of most likely tokens kept, those as likely as the last of them too; 0 means off
 * @param minP tokens less likely than minP times the likeliest are dropped; 0 means off
 */
public record Filters(float topP, int topK, float minP) {
    /** All tokens. */
    public static final Filters OFF = new Filters(1, 0, 0);

    public Filters {
        SamplingParameters.require("top-p", topP > 0 && topP <= 1, "must be above 0 and at most 1, not " + topP);
        SamplingParameters.require("top-k", topK >= 0, "must not be negative, it is " + topK);
        SamplingParameters.require("min-p", minP >= 0 && minP <= 1, "must be 0 to 1, not " + minP);
    }

    /** Whether a token may be dropped. */
    public boolean any() {
        return topP < 1 || topK > 0 || minP > 0;
    }
}
