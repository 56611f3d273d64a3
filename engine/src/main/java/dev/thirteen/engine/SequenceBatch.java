package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.thirteen.engine.PolicyGradient.Sequence;
import dev.thirteen.engine.device.DeviceRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Sequences of one pass, laid end to end without padding; a prompt that several share stands once. */
final class SequenceBatch {
    /** A sequence, by its place in the list that was cut, and its span: the whole of it, or what follows a shared prompt. */
    private record Member(int index, Sequence sequence, Span span) {
        int completionTokens() {
            return sequence.completionTokens().length;
        }
    }

    private final List<Member> members = new ArrayList<>();
    private final List<SpanBlock> blocks = new ArrayList<>();
    private final Map<Span, Integer> places = new IdentityHashMap<>();
    private int tokens;

    private SequenceBatch(List<PromptGroup> groups) {
        List<Span> whole = new ArrayList<>();
        List<Span> following = new ArrayList<>();
        for (PromptGroup group : groups) {
            PromptGroup.Member first = group.members().getFirst();
            Span prompt = new Span(first.sequence().promptTokens(), first.policy(), null);
            if (group.shared()) whole.add(prompt);
            for (PromptGroup.Member one : group.members()) {
                Span span = group.shared()
                        ? new Span(one.read(), one.policy(), prompt)
                        : new Span(one.inputs(), one.policy(), null);
                (group.shared() ? following : whole).add(span);
                members.add(new Member(one.index(), one.sequence(), span));
            }
        }
        blocks.addAll(SpanBlock.cut(whole));
        following.removeIf(span -> span.length() == 0);
        blocks.addAll(SpanBlock.cut(following));
        for (Span span : laid()) {
            places.put(span, tokens);
            tokens += span.length();
        }
    }

    /**
     * Cuts sequences into batches of at most this many tokens, one sequence at least. Those with a common prompt stay
     * together; the order is by length, equal ones in the given order.
     */
    static List<SequenceBatch> cut(List<Sequence> sequences, int tokens) {
        return cut(sequences, new int[sequences.size()], tokens);
    }

    /**
     * The same for sequences under several policies, which may lie in one batch.
     *
     * @param policies number of the policy of each sequence
     */
    static List<SequenceBatch> cut(List<Sequence> sequences, int[] policies, int tokens) {
        List<SequenceBatch> batches = new ArrayList<>();
        List<PromptGroup> open = new ArrayList<>();
        long filled = 0;
        for (PromptGroup group : PromptGroup.of(sequences, policies)) {
            for (PromptGroup piece : group.cut(tokens)) {
                if (!open.isEmpty() && filled + piece.tokens() > tokens) {
                    batches.add(new SequenceBatch(open));
                    open.clear();
                    filled = 0;
                }
                open.add(piece);
                filled += piece.tokens();
            }
        }
        if (!open.isEmpty()) batches.add(new SequenceBatch(open));
        return batches;
    }

    /** Puts what belongs to the sequences of this batch where they stood in the list that was cut. */
    void inGivenOrder(List<double[]> ofBatch, double[][] all) {
        for (int i = 0; i < members.size(); i++) all[members.get(i).index()] = ofBatch.get(i);
    }

    /** Tokens of the pass. */
    int tokens() {
        return tokens;
    }

    /** Which tokens lie under which policy. */
    PolicyTokens policyTokens() {
        int[] policies = new int[tokens];
        places.forEach((span, first) -> Arrays.fill(policies, first, first + span.length(), span.policy()));
        return new PolicyTokens(policies);
    }

    /** Tells the device of every token, under one policy. */
    void write(DeviceRows buffers) {
        places.forEach((span, first) -> {
            for (int t = 0; t < span.length(); t++) {
                int position = span.start() + t;
                buffers.set(first + t, new DeviceRows.Row(span.tokens()[t], position, 0, DeviceRows.Draw.NONE, 0));
            }
        });
    }

    /** [2, tokens]: ids and positions. */
    PtNDArray ids(PtNDManager scope) {
        long[] ids = new long[2 * tokens];
        places.forEach((span, first) -> {
            for (int t = 0; t < span.length(); t++) {
                ids[first + t] = span.tokens()[t];
                ids[tokens + first + t] = span.start() + t;
            }
        });
        return Torch.of(scope, ids, 2, tokens);
    }

    /** How the tokens attend, as span_attention.py reads it: facts of the blocks on the host. */
    PtNDArray facts(PtNDManager scope) {
        LongStream facts = blocks.stream().flatMapToLong(SpanBlock::facts);
        return Torch.cpu(scope, LongStream.concat(facts, LongStream.of(tokens)).toArray());
    }

    /** The same: tensors of all blocks. */
    PtNDArray[] spans(PtNDManager scope) {
        PtNDArray[] spans = blocks.stream()
                .flatMap(block -> block.tensors(scope, this::place).stream())
                .toArray(PtNDArray[]::new);
        TorchProgram.nameList("spans", spans);
        return spans;
    }

    /** How the tokens attend, as sequence_attention.py reads it. */
    AttendedSpans attendedSpans() {
        return new AttendedSpans(laid());
    }

    /** All spans in the order in which they lie. */
    private List<Span> laid() {
        return blocks.stream().flatMap(block -> block.spans().stream()).toList();
    }

    /** What the gradient programs begin with: ids, select, targets, options, facts and spans. */
    List<PtNDArray> inputs(PtNDManager scope, double... options) {
        List<PtNDArray> inputs = new ArrayList<>(
                List.of(ids(scope), select(scope), targets(scope), Torch.cpu(scope, options), facts(scope)));
        inputs.addAll(Arrays.asList(spans(scope)));
        return inputs;
    }

    /** For every completion token, the place that predicts it. */
    PtNDArray select(PtNDManager scope) {
        long[] select = members.stream()
                .flatMapToLong(member ->
                        IntStream.range(0, member.completionTokens()).mapToLong(token -> predicting(member, token)))
                .toArray();
        return Torch.of(scope, select, select.length);
    }

    /** The first token of a span. */
    int place(Span span) {
        return Objects.requireNonNull(places.get(span));
    }

    private long predicting(Member member, int token) {
        Span span = member.span();
        Span prompt = span.before();
        if (prompt == null) return place(span) + member.sequence().promptTokens().length - 1L + token;
        return token == 0 ? place(prompt) + prompt.length() - 1L : place(span) + token - 1L;
    }

    /** The completion tokens, one sequence after the other. */
    PtNDArray targets(PtNDManager scope) {
        long[] targets = members.stream()
                .flatMapToInt(member -> Arrays.stream(member.sequence().completionTokens()))
                .asLongStream()
                .toArray();
        return Torch.of(scope, targets, targets.length);
    }

    /** Number of completion tokens. */
    private int completionTokens() {
        return members.stream().mapToInt(Member::completionTokens).sum();
    }

    /** Numbers of all completion tokens, from one place on, one array a sequence. */
    List<double[]> split(float[] numbers, int from) {
        List<double[]> parts = new ArrayList<>();
        int at = from;
        for (Member member : members) {
            double[] part = new double[member.completionTokens()];
            for (int t = 0; t < part.length; t++) part[t] = numbers[at++];
            parts.add(part);
        }
        return parts;
    }

    /**
     * Asks for the slopes of each sequence, by its place in the list that was cut.
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
        for (int s = 0; s < members.size(); s++) {
            PolicyGradient.Slopes of =
                    weights.of(members.get(s).index(), logProbs.get(s), entropies ? drawn.get(s) : new double[0]);
            for (double slope : of.byLogProb()) {
                if (entropies) slopes[total + at] = (float) of.byEntropy();
                slopes[at++] = (float) slope;
            }
        }
        return slopes;
    }
}
