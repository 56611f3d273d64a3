package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.thirteen.engine.cuda.RowBuffers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Sequences padded on the right to one length, and where their completions stand. */
final class SequenceBatch {
    private final List<PolicyGradient.Sequence> sequences;
    private final int time;

    private SequenceBatch(List<PolicyGradient.Sequence> sequences) {
        this.sequences = List.copyOf(sequences);
        this.time = sequences.stream().mapToInt(SequenceBatch::inputs).max().orElse(0);
    }

    /** Tokens that are read: the last token of a completion is only predicted. */
    static int inputs(PolicyGradient.Sequence sequence) {
        return sequence.promptTokens().length + sequence.completionTokens().length - 1;
    }

    /** Cuts sequences in order into batches of at most this many padded tokens, one sequence at least. */
    static List<SequenceBatch> cut(List<PolicyGradient.Sequence> sequences, int tokens) {
        List<SequenceBatch> batches = new ArrayList<>();
        List<PolicyGradient.Sequence> open = new ArrayList<>();
        int longest = 0;
        for (PolicyGradient.Sequence sequence : sequences) {
            int wider = Math.max(longest, inputs(sequence));
            if (!open.isEmpty() && (long) wider * (open.size() + 1) > tokens) {
                batches.add(new SequenceBatch(open));
                open.clear();
                wider = inputs(sequence);
            }
            open.add(sequence);
            longest = wider;
        }
        if (!open.isEmpty()) batches.add(new SequenceBatch(open));
        return batches;
    }

    /** Number of sequences. */
    int size() {
        return sequences.size();
    }

    /** Length that all are padded to. */
    int time() {
        return time;
    }

    /** Tokens of all sequences, padded ones included. */
    int tokens() {
        return sequences.size() * time;
    }

    /** Tells the device of every token, under one policy. */
    void write(RowBuffers buffers) {
        for (int s = 0; s < sequences.size(); s++) {
            PolicyGradient.Sequence sequence = sequences.get(s);
            int prompt = sequence.promptTokens().length;
            for (int t = 0; t < time; t++) {
                boolean there = t < inputs(sequence);
                int token =
                        !there ? 0 : t < prompt ? sequence.promptTokens()[t] : sequence.completionTokens()[t - prompt];
                RowBuffers.Row row = new RowBuffers.Row(token, there ? t : -1, 0, RowBuffers.Draw.NONE, 0);
                buffers.set(s * time + t, row);
            }
        }
    }

    /** [sequences, time] */
    PtNDArray ids(PtNDManager scope) {
        long[] ids = new long[sequences.size() * time];
        for (int s = 0; s < sequences.size(); s++) {
            int[] prompt = sequences.get(s).promptTokens();
            int[] completion = sequences.get(s).completionTokens();
            for (int t = 0; t < prompt.length; t++) ids[s * time + t] = prompt[t];
            for (int t = 0; t < completion.length - 1; t++) ids[s * time + prompt.length + t] = completion[t];
        }
        return Torch.of(scope, ids, sequences.size(), time);
    }

    /** For every completion token, the place (sequence · time + t) that predicts it. */
    PtNDArray select(PtNDManager scope) {
        List<Long> places = new ArrayList<>();
        for (int s = 0; s < sequences.size(); s++) {
            int prompt = sequences.get(s).promptTokens().length;
            for (int t = 0; t < sequences.get(s).completionTokens().length; t++) {
                places.add((long) s * time + prompt - 1 + t);
            }
        }
        long[] array = places.stream().mapToLong(Long::longValue).toArray();
        return Torch.of(scope, array, array.length);
    }

    /** The completion tokens, one sequence after the other. */
    PtNDArray targets(PtNDManager scope) {
        long[] targets = sequences.stream()
                .flatMapToInt(sequence -> java.util.Arrays.stream(sequence.completionTokens()))
                .asLongStream()
                .toArray();
        return Torch.of(scope, targets, targets.length);
    }

    /** Number of completion tokens. */
    private int completionTokens() {
        return sequences.stream().mapToInt(s -> s.completionTokens().length).sum();
    }

    /** Numbers of all completion tokens, from one place on, one array a sequence. */
    List<double[]> split(float[] numbers, int from) {
        List<double[]> parts = new ArrayList<>();
        int at = from;
        for (PolicyGradient.Sequence sequence : sequences) {
            double[] part = new double[sequence.completionTokens().length];
            for (int t = 0; t < part.length; t++) part[t] = numbers[at++];
            parts.add(part);
        }
        return parts;
    }

    /**
     * Asks for the slopes of each sequence.
     *
     * @param numbers log-probs of all completion tokens, and behind them their entropies when asked for
     * @return slopes in the same order
     */
    float[] slopes(float[] numbers, boolean entropies, PolicyGradient.TokenWeights weights) {
        int total = completionTokens();
        List<double[]> logProbs = split(numbers, 0);
        List<double[]> drawn = entropies ? split(numbers, total) : List.of();
        float[] slopes = new float[numbers.length];
        int at = 0;
        for (int s = 0; s < sequences.size(); s++) {
            PolicyGradient.Slopes of = weights.of(s, logProbs.get(s), entropies ? drawn.get(s) : new double[0]);
            for (double slope : of.byLogProb()) {
                if (entropies) slopes[total + at] = (float) of.byEntropy();
                slopes[at++] = (float) slope;
            }
        }
        return slopes;
    }

    /** The reverse of {@link #split}: asks for the numbers of each sequence. */
    float[] join(IntFunction<double[]> parts) {
        float[] numbers = new float[completionTokens()];
        int at = 0;
        for (int s = 0; s < sequences.size(); s++) {
            for (double number : parts.apply(s)) numbers[at++] = (float) number;
        }
        return numbers;
    }
}
