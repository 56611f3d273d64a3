package dev.thirteen.core.batch;

import dev.thirteen.core.batch.BatchGroup.Fill;
import dev.thirteen.core.batch.BatchPlan.Chunk;
import dev.thirteen.core.batch.BatchPlan.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Plays a decoder that computes nothing: each step is a line. Rows draw until they are as long as they may be. */
final class PlanTranscript {
    private final BatchPlanner planner;
    private final List<BatchGroup> running = new ArrayList<>();
    private final List<BatchGroup> waiting = new ArrayList<>();
    private final List<KeptPrompt> kept = new ArrayList<>();
    private CacheShape shape = CacheShape.EMPTY;
    private boolean keeps;

    PlanTranscript(BatchLimits limits) {
        this.planner = new BatchPlanner(limits);
    }

    /** @param prompt its tokens; all but the last are needed before the first step */
    PlanTranscript arrives(long id, int rows, int[] prompt, int newTokens, String policy) {
        waiting.add(group(id, rows, prompt, newTokens, policy));
        return this;
    }

    static BatchGroup group(long id, int rows, int[] prompt, int newTokens, String policy) {
        int[] before = java.util.Arrays.copyOf(prompt, prompt.length - 1);
        return new BatchGroup(id, rows, prompt.length, prompt.length + newTokens, policy, List.of(new Fill(before, 0)));
    }

    PlanTranscript keeps(String policy, int[] tokens) {
        kept.add(new KeptPrompt(policy, tokens));
        shape = new CacheShape(Math.max(shape.rows(), kept.size()), Math.max(shape.tokens(), tokens.length));
        return this;
    }

    /** Whether there is nothing left to do. */
    boolean over() {
        return running.isEmpty() && waiting.isEmpty();
    }

    /** The tokens that stay of a group that has ended. */
    void keepEnded() {
        keeps = true;
    }

    BatchState state() {
        return new BatchState(shape, running, waiting, kept);
    }

    String steps(int count) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) lines.add(step());
        return String.join("\n", lines);
    }

    String step() {
        BatchPlan plan = planner.plan(state());
        require(plan);
        apply(plan);
        return line(plan);
    }

    /** Before the plan is done. */
    private void require(BatchPlan plan) {
        CacheShape next = plan.shape();
        if ((long) next.rows() * next.tokens() > planner.limits().maxTokens())
            throw new AssertionError("too large: " + next);
        int computed = plan.chunks().stream()
                .mapToInt(chunk -> chunk.to() - chunk.from())
                .sum();
        boolean decoding = running.stream().anyMatch(g -> g.fills().stream().allMatch(fill -> fill.open() == 0));
        if (computed > planner.limits().promptTokens() * (decoding ? 1 : ChunkPlan.IDLE))
            throw new AssertionError("%d tokens of prompts".formatted(computed));
        boolean idle = plan.chunks().isEmpty() && !plan.decode();
        if (idle && !over()) throw new AssertionError("nothing happens: " + line(plan));
    }

    private void requireRoom() {
        int rows = running.stream().mapToInt(BatchGroup::rows).sum();
        if (rows + kept.size() > shape.rows() || rows > planner.limits().maxRows())
            throw new AssertionError("no row left");
        for (BatchGroup group : running)
            if (group.length() > shape.tokens()) throw new AssertionError("a row is too long");
    }

    private void apply(BatchPlan plan) {
        List<BatchGroup> lost =
                running.stream().filter(g -> plan.preempted().contains(g.id())).toList();
        running.removeAll(lost);
        List<BatchGroup> again = lost.stream()
                .map(g -> with(g, g.length(), List.of(new Fill(new int[g.length() - 1], 0))))
                .toList();
        waiting.addAll(0, again);
        List<KeptPrompt> gone = plan.evicted().stream().map(kept::get).toList();
        kept.removeAll(gone);
        for (long id : plan.admitted()) {
            BatchGroup group = waiting.removeFirst();
            if (group.id() != id) throw new AssertionError("overtaken");
            running.add(group);
        }
        shape = plan.shape();
        requireRoom();
        for (Chunk chunk : plan.chunks()) running.replaceAll(g -> g.id() == chunk.group() ? filled(g, chunk) : g);
        if (plan.decode()) running.replaceAll(PlanTranscript::drawn);
        List<BatchGroup> ended =
                running.stream().filter(g -> g.length() >= g.longest()).toList();
        running.removeAll(ended);
        if (keeps)
            ended.forEach(g ->
                    kept.add(new KeptPrompt(g.policy(), g.fills().getFirst().tokens())));
    }

    private static BatchGroup filled(BatchGroup group, Chunk chunk) {
        List<Fill> fills = new ArrayList<>(group.fills());
        fills.set(chunk.fill(), new Fill(fills.get(chunk.fill()).tokens(), chunk.to()));
        return with(group, group.length(), fills);
    }

    private static BatchGroup drawn(BatchGroup group) {
        boolean ready = group.fills().stream().allMatch(fill -> fill.open() == 0);
        return ready ? with(group, group.length() + 1, group.fills()) : group;
    }

    private static BatchGroup with(BatchGroup group, int length, List<Fill> fills) {
        return new BatchGroup(group.id(), group.rows(), length, group.longest(), group.policy(), fills);
    }

    private static String line(BatchPlan plan) {
        StringBuilder line = new StringBuilder();
        if (!plan.preempted().isEmpty())
            line.append("preempt ").append(plan.preempted()).append(' ');
        if (!plan.evicted().isEmpty())
            line.append("evict ").append(plan.evicted()).append(' ');
        if (!plan.admitted().isEmpty())
            line.append("admit ").append(plan.admitted()).append(' ');
        line.append("cache %dx%d".formatted(plan.shape().rows(), plan.shape().tokens()));
        if (!plan.chunks().isEmpty()) {
            line.append(
                    plan.chunks().stream().map(PlanTranscript::words).collect(Collectors.joining(", ", " fill ", "")));
        }
        return line.append(plan.decode() ? " decode" : "").toString();
    }

    private static String words(Chunk chunk) {
        String source = chunk.source()
                .map(from -> switch (from) {
                    case Source.Kept(int place) -> " from kept " + place;
                    case Source.Running(long group, int fill) -> " from group " + group;
                })
                .orElse("");
        return "%d: %d-%d%s".formatted(chunk.group(), chunk.from(), chunk.to(), source);
    }
}
