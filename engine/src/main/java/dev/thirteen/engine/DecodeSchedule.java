package dev.thirteen.engine;

import dev.thirteen.core.batch.BatchGroup;
import dev.thirteen.core.batch.BatchLimits;
import dev.thirteen.core.batch.BatchPlan;
import dev.thirteen.core.batch.BatchPlanner;
import dev.thirteen.core.batch.BatchRoom;
import dev.thirteen.core.batch.BatchState;
import dev.thirteen.core.batch.CacheShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The groups of a decoder and who has which row of its cache. Does what the planner plans. */
final class DecodeSchedule {
    private final BatchPlanner planner;
    private final DecodeBatch batch;
    private final CacheRows places;
    private final PromptWork prompts;
    /** Oldest first. */
    private final Map<Long, DecodeGroup> running = new LinkedHashMap<>();

    private final List<DecodeGroup> waiting = new ArrayList<>();
    private final KeptRows kept;
    private long preempted;
    /** The rows of the last step, while nothing but their lengths has changed. */
    private List<DecodeRow> steady = List.of();
    /** What those that run and wait leave, until the next step. */
    private @Nullable BatchRoom room;
    /** What was refused, while nothing has become free. */
    private @Nullable BatchGroup refused;

    DecodeSchedule(BatchLimits limits, DecodeBatch batch) {
        this.planner = new BatchPlanner(limits);
        this.batch = batch;
        this.places = new CacheRows(batch::move);
        this.kept = new KeptRows(limits, places);
        this.prompts = new PromptWork(batch);
    }

    BatchPlanner planner() {
        return planner;
    }

    /** Whether the group starts with the next step. */
    boolean accepts(Decoder.Group group) {
        BatchGroup asked = DecodeGroup.planned(group);
        if (asked.equals(refused)) return false;
        boolean accepted = room().accepts(asked);
        refused = accepted ? null : asked;
        return accepted;
    }

    private BatchRoom room() {
        BatchRoom now = room;
        if (now == null) {
            now = planner.room(state());
            room = now;
        }
        return now;
    }

    /** Takes a group that is accepted. */
    void add(Decoder.Group group) {
        room = room().with(DecodeGroup.planned(group));
        waiting.add(new DecodeGroup(group));
        steady = List.of();
    }

    boolean has(long id) {
        return running.containsKey(id) || waiting.stream().anyMatch(group -> group.id() == id);
    }

    /** Rows that run, those included that lost their place for a while. */
    int rows() {
        return groups().mapToInt(group -> group.rows().size()).sum();
    }

    private Stream<DecodeGroup> groups() {
        return Stream.concat(running.values().stream(), waiting.stream());
    }

    private BatchState state() {
        return new BatchState(
                batch.cache().shape(), planned(running.values().stream()), planned(waiting.stream()), kept.planned());
    }

    private static List<BatchGroup> planned(Stream<DecodeGroup> groups) {
        return groups.map(DecodeGroup::planned).toList();
    }

    /** Plans and does what comes before the next token; returns the rows that draw one, in the order of the cache. */
    List<DecodeRow> advance() {
        room = null;
        if (isSteady()) return steady;
        BatchPlan plan = planner.plan(state());
        List<KeptRow> sources = kept.rows();
        plan.evicted().forEach(place -> kept.forget(sources.get(place)));
        preempt(plan.preempted());
        reshape(plan.shape());
        admit(plan.admitted());
        prompts.compute(plan.chunks(), running, sources);
        plan.chunks().forEach(chunk -> chunk.source().ifPresent(source -> touch(source, sources)));
        List<DecodeRow> decoding = plan.decode() ? decoding() : List.of();
        boolean all = waiting.isEmpty() && running.values().stream().allMatch(DecodeGroup::ready);
        steady = all ? decoding : List.of();
        return decoding;
    }

    /** Whether the plan would be to go on: nobody waits, all prompts are computed, and rows have room. */
    private boolean isSteady() {
        int room = batch.cache().tokens();
        for (DecodeRow row : steady) if (row.position() >= room) return false;
        return !steady.isEmpty();
    }

    private void touch(BatchPlan.Source source, List<KeptRow> sources) {
        if (source instanceof BatchPlan.Source.Kept(int place)) kept.touch(sources.get(place));
    }

    private void preempt(List<Long> ids) {
        List<DecodeGroup> again = new ArrayList<>();
        for (long id : ids) {
            DecodeGroup group = Objects.requireNonNull(running.remove(id));
            group.rows().forEach(places::remove);
            group.restart();
            again.add(group);
        }
        if (!again.isEmpty()) changed();
        waiting.addAll(0, again);
        preempted += again.size();
    }

    private void admit(List<Long> ids) {
        for (long id : ids) {
            DecodeGroup group = waiting.removeFirst();
            if (group.id() != id) throw new IllegalStateException("group %d overtook %d".formatted(id, group.id()));
            group.rows().forEach(places::add);
            running.put(id, group);
        }
    }

    private void reshape(CacheShape next) {
        if (next.equals(batch.cache().shape())) return;
        places.clearBehind(next.rows());
        batch.cache().reshape(next, places.used());
        places.resize(next.rows());
        kept.cut(next.tokens());
    }

    /** Rows of groups whose prompts are in the cache, in its order. */
    private List<DecodeRow> decoding() {
        List<DecodeRow> rows = running.values().stream()
                .filter(DecodeGroup::ready)
                .flatMap(group -> group.rows().stream())
                .toList();
        places.front(rows);
        return rows.stream().sorted(Comparator.comparingInt(CacheRow::place)).toList();
    }

    /** Frees the places of samples that have ended; in a fixed shape when all of the group have. */
    void release() {
        for (DecodeGroup group : List.copyOf(running.values())) {
            List<DecodeRow> ended = group.ended();
            if (ended.isEmpty()) continue;
            boolean last = ended.size() == group.rows().size();
            if (planner.limits().alone() && !last) continue;
            changed();
            group.drop(ended);
            if (last) {
                running.remove(group.id());
                // One of a group is enough.
                if (!group.mixed()) kept.keep(ended.removeLast());
            }
            ended.forEach(places::remove);
        }
    }

    private void changed() {
        steady = List.of();
        refused = null;
        room = null;
    }

    /** Gives a group another policy; nothing happens when there is no such group. */
    void follow(long id, Policy policy) {
        groups().filter(group -> group.id() == id).findFirst().ifPresent(group -> {
            group.follow(policy);
            batch.interrupt();
            changed();
        });
    }

    /** Forgets a group; nothing happens when there is none. */
    void cancel(long id) {
        changed();
        waiting.removeIf(group -> group.id() == id);
        DecodeGroup group = running.remove(id);
        if (group != null) group.rows().forEach(places::remove);
    }

    Decoder.Counts counts() {
        return new Decoder.Counts(prompts.shared(), prompts.sharedTokens(), prompts.computedTokens(), preempted);
    }
}
