package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Policy;
import dev.thirteen.kit.Caller;
import dev.thirteen.kit.Quotas;
import jakarta.inject.Singleton;

/** The way of clients' calls into the decode loop: what they may draw is taken from their tenant's quota until it is known. */
@Singleton
class MeteredCalls {
    private final DecodeLoop loop;
    private final Quotas quotas;

    MeteredCalls(DecodeLoop loop, Quotas quotas) {
        this.loop = loop;
        this.quotas = quotas;
    }

    /** Whose a caller's calls are. */
    DecodeTask.Turn turn(Caller caller) {
        return new DecodeTask.Turn(caller.tenant(), quotas.queueShare(caller));
    }

    /** As {@link DecodeLoop#offer}, in the turn of the caller's tenant. @throws Failure CAPACITY where its quota is used up */
    DecodeLoop.Ticket offer(Caller caller, DecodeTask task, TokenSink sink) {
        Metered metered = new Metered(sink, quotas.spend(caller, task.mostTokens()), task.promptTokens().length);
        try {
            return metered.following(loop.offer(task.in(turn(caller)), metered));
        } catch (RuntimeException e) {
            metered.spending.settle(0);
            throw e;
        }
    }

    /** Takes the tokens of a call that scores. @throws Failure CAPACITY where the quota is used up */
    void score(Caller caller, long tokens) {
        quotas.spend(caller, tokens);
    }

    /** Counts on the decode thread; a cancellation gives back what was not drawn until then. */
    private static final class Metered implements TokenSink {
        private final TokenSink sink;
        private final Quotas.Spending spending;
        private volatile long used;

        Metered(TokenSink sink, Quotas.Spending spending, long promptTokens) {
            this.sink = sink;
            this.spending = spending;
            this.used = promptTokens;
        }

        DecodeLoop.Ticket following(DecodeLoop.Ticket ticket) {
            return new DecodeLoop.Ticket() {
                @Override
                public void cancel() {
                    ticket.cancel();
                    spending.settle(used);
                }

                @Override
                public void follow(Policy policy, long policyStep) {
                    ticket.follow(policy, policyStep);
                }
            };
        }

        @Override
        public void admitted() {
            sink.admitted();
        }

        @Override
        public void token(Decoder.Token token) {
            used = used + 1;
            sink.token(token);
        }

        @Override
        public void done() {
            spending.settle(used);
            sink.done();
        }

        @Override
        public void failed(RuntimeException cause) {
            spending.settle(used);
            sink.failed(cause);
        }
    }
}
