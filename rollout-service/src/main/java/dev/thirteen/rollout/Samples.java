package dev.thirteen.rollout;

import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.StopText;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Collects the samples of a task into a future. */
class Samples implements TokenSink {
    /**
     * One finished sample; its lists are as long as each other.
     *
     * @param tokenIds the stop token included
     * @param policySteps steps of the run after which the policy that drew each token was made
     */
    record Sample(
            List<Integer> tokenIds,
            List<Float> logProbs,
            List<Float> rawLogProbs,
            List<Long> policySteps,
            FinishReason finish) {
        private static Sample empty() {
            return new Sample(
                    new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), FinishReason.LENGTH);
        }

        private Sample ended(FinishReason reason) {
            return new Sample(tokenIds, logProbs, rawLogProbs, policySteps, reason);
        }

        /** Text without the stop token, and up to a stop string. */
        String text(Tokenizer tokenizer, List<String> stops) {
            boolean stopToken = finish == FinishReason.STOP && tokenizer.isStop(tokenIds.getLast());
            int length = stopToken ? tokenIds.size() - 1 : tokenIds.size();
            int[] ids =
                    tokenIds.stream().limit(length).mapToInt(Integer::intValue).toArray();
            return StopText.cut(tokenizer.decode(ids, true), stops);
        }
    }

    /** All samples of a task, in order, and how long they took. */
    record Finished(List<Sample> samples, long queuedMillis, long generatedMillis) {}

    private final CompletableFuture<Finished> finished = new CompletableFuture<>();
    private final List<Sample> samples = new ArrayList<>();
    private final long startedNanos = System.nanoTime();
    private long admittedNanos = startedNanos;
    private long policyStep;

    Samples(int count) {
        this(count, 0);
    }

    /** @param policyStep steps of the run before the policy that it starts under */
    Samples(int count, long policyStep) {
        this.policyStep = policyStep;
        for (int i = 0; i < count; i++) samples.add(Sample.empty());
    }

    CompletableFuture<Finished> future() {
        return finished;
    }

    @Override
    public void admitted() {
        admittedNanos = System.nanoTime();
    }

    @Override
    public void token(Decoder.Token token) {
        Sample sample = samples.get(token.sample());
        sample.tokenIds().add(token.tokenId());
        sample.logProbs().add(token.logProb());
        sample.rawLogProbs().add(token.rawLogProb());
        sample.policySteps().add(policyStep);
        FinishReason finish = token.finish();
        if (finish != null) {
            samples.set(token.sample(), sample.ended(finish));
        }
    }

    @Override
    public void follows(long step) {
        policyStep = step;
    }

    @Override
    public void done() {
        long queued = (admittedNanos - startedNanos) / 1_000_000;
        long generated = (System.nanoTime() - admittedNanos) / 1_000_000;
        finished.complete(new Finished(List.copyOf(samples), queued, generated));
    }

    @Override
    public void failed(RuntimeException cause) {
        finished.completeExceptionally(cause);
    }
}
