package dev.thirteen.rollout;

import dev.thirteen.core.batch.Admission;
import dev.thirteen.core.batch.Arrivals;
import dev.thirteen.core.batch.BatchRequest;
import dev.thirteen.core.batch.FairQueue;
import dev.thirteen.core.batch.QueueLimits;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Decoder.Token;
import dev.thirteen.engine.Policy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** One decoder with the tasks that wait for it and those that run in it. Used by the decode thread alone. */
final class DecodeLane implements AutoCloseable {
    /** A task under the number that the decoder knows it by. */
    record Entry(long id, DecodeTask task, TokenSink sink, long deadlineNanos) {
        /** Of a task that may take as long as it takes. */
        static final long NEVER = Long.MAX_VALUE;

        Decoder.Group group() {
            return new Decoder.Group(
                    id,
                    task.policy(),
                    task.promptTokens(),
                    task.samples(),
                    task.sampling(),
                    task.firstStream(),
                    task.alternatives());
        }

        Entry under(Policy policy) {
            return new Entry(id, task.under(policy), sink, deadlineNanos);
        }

        boolean late(long nowNanos) {
            return deadlineNanos != NEVER && nowNanos - deadlineNanos >= 0;
        }

        BatchRequest request() {
            long length = (long) task.promptTokens().length + task.sampling().maxTokens();
            return new BatchRequest(task.samples(), length);
        }
    }

    private static final class Running {
        private final Entry entry;
        private int unfinished;

        Running(Entry entry) {
            this.entry = entry;
            this.unfinished = entry.task().samples();
        }
    }

    private final Decoder decoder;
    private final Arrivals arrivals;
    private final boolean lessened;
    private final FairQueue<Entry> waiting = new FairQueue<>();
    private final Map<Long, Running> running = new LinkedHashMap<>();

    /** @param lessened whether the decoder's cache is smaller than it will be again, so that what is too large may fit later */
    DecodeLane(Decoder decoder, QueueLimits limits, boolean lessened) {
        this.decoder = decoder;
        this.lessened = lessened;
        this.arrivals = new Arrivals(decoder.planner(), limits);
    }

    /** Takes a task, or fails it: CALLER when it can never fit, CAPACITY when the queue is full. */
    void offer(Entry entry) {
        switch (arrival(entry)) {
            case Admission.Admitted() -> add(entry);
            case Admission.Waiting(int _) -> add(entry);
            case Admission.Refused(Admission.Reason reason, String message) ->
                entry.sink().failed(unlessLater(entry, new Failure(kind(reason), message)));
        }
    }

    private Admission arrival(Entry entry) {
        DecodeTask.Turn turn = entry.task().turn();
        List<BatchRequest> own = waiting.of(turn.tenant()).map(Entry::request).toList();
        Optional<Admission.Refused> part = arrivals.part(own, turn.queueShare(), entry.request());
        if (part.isPresent()) return part.get();
        return arrivals.arrive(waitingRequests(), decoder.accepts(entry.group()), entry.request());
    }

    private static Failure.Kind kind(Admission.Reason reason) {
        return switch (reason) {
            case TOO_LARGE -> Failure.Kind.CALLER;
            case QUEUE_FULL -> Failure.Kind.CAPACITY;
        };
    }

    /** What the cache never holds is the caller's affair, but not while it holds less than it will again. */
    private Failure unlessLater(Entry entry, Failure refused) {
        boolean later = lessened
                && entry.request().tokens() > decoder.planner().limits().maxTokens();
        if (!later) return refused;
        return new Failure(
                Failure.Kind.CAPACITY, refused.getMessage() + " for now, since memory ran out; try again", refused);
    }

    /** Takes a task however many wait; what can never fit fails when its turn comes. */
    void add(Entry entry) {
        waiting.add(entry.task().turn().tenant(), entry.request().tokens(), entry);
    }

    /** Whether a step would do anything. */
    boolean busy() {
        return !waiting.isEmpty() || !running.isEmpty();
    }

    int waitingRows() {
        return waiting.stream().mapToInt(entry -> entry.task().samples()).sum();
    }

    int runningRows() {
        return decoder.runningRows();
    }

    /** Admits what may start and draws one token for every row whose prompt is computed; returns the number of tokens. */
    int step() {
        admit();
        if (running.isEmpty()) return 0;
        List<Token> tokens = decoder.step();
        for (Token token : tokens) deliver(token);
        return tokens.size();
    }

    private void admit() {
        // An empty decoder takes the head of the queue, or says why it never can.
        while (!waiting.isEmpty()
                && (running.isEmpty() || decoder.accepts(waiting.first().group()))) {
            start(waiting.removeFirst());
        }
    }

    private void start(Entry entry) {
        try {
            decoder.admit(entry.group());
        } catch (Failure refused) {
            entry.sink().failed(unlessLater(entry, refused));
            return;
        } catch (RuntimeException broken) {
            entry.sink().failed(broken);
            throw broken;
        } catch (Error broken) {
            entry.sink().failed(DecodeLoop.died(broken));
            throw broken;
        }
        running.put(entry.id(), new Running(entry));
        entry.sink().admitted();
    }

    private void deliver(Token token) {
        Running task = running.get(token.group());
        if (task == null) return;
        task.entry.sink().token(token);
        if (token.finish() == null) return;
        task.unfinished--;
        if (task.unfinished == 0) {
            running.remove(token.group());
            task.entry.sink().done();
        }
    }

    /** Lets a task go on under another policy; nothing happens when it has ended. */
    void follow(long id, Policy policy, long policyStep) {
        Running task = running.get(id);
        if (task != null) {
            decoder.follow(id, policy);
            task.entry.sink().follows(policyStep);
        }
        waiting.replaceAll(entry -> {
            if (entry.id() != id) return entry;
            entry.sink().follows(policyStep);
            return entry.under(policy);
        });
    }

    /** Fails the tasks whose time is over. */
    void expire(long nowNanos) {
        List<Entry> late = entries().filter(entry -> entry.late(nowNanos)).toList();
        for (Entry entry : late) {
            cancel(entry.id());
            entry.sink()
                    .failed(new Failure(
                            Failure.Kind.LATE,
                            "the call took longer than a call may (thirteen.rollout.max-call-time)"));
        }
    }

    private Stream<Entry> entries() {
        return Stream.concat(waiting.stream(), running.values().stream().map(task -> task.entry));
    }

    /** Forgets a task and frees its rows; nothing happens when it has ended. */
    void cancel(long id) {
        waiting.removeIf(entry -> entry.id() == id);
        if (running.remove(id) != null) decoder.cancel(id);
    }

    /** Ends every task with the cause. */
    void fail(RuntimeException cause) {
        List<Entry> all = entries().toList();
        waiting.clear();
        running.clear();
        for (Entry entry : all) entry.sink().failed(cause);
    }

    private List<BatchRequest> waitingRequests() {
        return waiting.stream().map(Entry::request).toList();
    }

    Decoder.Counts counts() {
        return decoder.counts();
    }

    @Override
    public void close() {
        decoder.close();
    }
}
