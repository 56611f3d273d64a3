package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.Arrays;
import java.util.List;

/**
 * Tokens of a pass under several policies. A product with each policy's R is one of a rectangle, a row of tokens for each
 * policy, filled up to the longest.
 */
final class PolicyTokens {
    private final int[] owners;
    private final int[] present;

    /** @param owners number of the policy of each token */
    PolicyTokens(int[] owners) {
        this.owners = owners;
        this.present = Arrays.stream(owners).distinct().sorted().toArray();
    }

    /** The policies that have a token here, in their order. */
    int[] present() {
        return present;
    }

    /**
     * What blocks.py takes behind R, masks and biases: the policies of the rectangle [p], which token stands at a place of it
     * [p * longest], where a token stands [tokens].
     */
    List<PtNDArray> tensors(PtNDManager scope) {
        int[] row = new int[owners.length];
        int[] counts = new int[present.length];
        long[] places = new long[owners.length];
        for (int t = 0; t < owners.length; t++) {
            row[t] = Arrays.binarySearch(present, owners[t]);
            places[t] = counts[row[t]]++;
        }
        int longest = Arrays.stream(counts).max().orElse(0);
        long[] fill = new long[present.length * longest];
        for (int t = 0; t < owners.length; t++) {
            places[t] += (long) row[t] * longest;
            fill[Math.toIntExact(places[t])] = t;
        }
        long[] policies = Arrays.stream(present).asLongStream().toArray();
        return List.of(
                Torch.of(scope, policies, policies.length),
                Torch.of(scope, fill, fill.length),
                Torch.of(scope, places, places.length));
    }
}
