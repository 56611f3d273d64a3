package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder;
import dev.thirteen.kit.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

/**
 * One call on its way through the decode loop. Tokens leave the decode thread at once and are written in their order by
 * {@code inTurn}. A client that goes away or reads nothing for too long, or a prompt that fails, frees the rows of the whole
 * call.
 */
final class OpenAiCall {
    private final OpenAiReply reply;
    private final Executor inTurn;
    private final List<DecodeLoop.Ticket> tickets = new CopyOnWriteArrayList<>();
    private volatile boolean over;
    /** Below: inTurn alone. */
    private final List<OpenAiChoice> choices = new ArrayList<>();

    private int unfinished;
    private int promptTokens;
    private int drawnTokens;

    /** @param inTurn runs one task after another, on threads that may block */
    OpenAiCall(OpenAiReply reply, Executor inTurn) {
        this.reply = reply;
        this.inTurn = inTurn;
    }

    /** Sends the tasks, one a prompt; their samples become the choices, in order. */
    void start(Caller caller, List<DecodeTask> tasks, MeteredCalls calls) {
        for (DecodeTask task : tasks) {
            promptTokens += task.promptTokens().length;
            for (int i = 0; i < task.samples(); i++) {
                choices.add(new OpenAiChoice(
                        choices.size(), task.base().tokenizer(), task.sampling().stop()));
            }
        }
        unfinished = tasks.size();
        int first = 0;
        for (DecodeTask task : tasks) {
            send(caller, task, first, calls);
            first += task.samples();
        }
    }

    private void send(Caller caller, DecodeTask task, int firstChoice, MeteredCalls calls) {
        try {
            DecodeLoop.Ticket ticket = calls.offer(caller, task, new Sink(firstChoice));
            tickets.add(ticket);
            if (over) ticket.cancel();
        } catch (RuntimeException refused) {
            next(() -> fail(refused));
        }
    }

    /** Frees what the call still holds; nothing more is written. */
    void cancel() {
        over = true;
        tickets.forEach(DecodeLoop.Ticket::cancel);
    }

    private void fail(RuntimeException cause) {
        if (over) return;
        cancel();
        reply.failed(OpenAiError.of(cause));
    }

    private void done() {
        unfinished--;
        if (unfinished == 0) reply.end(new OpenAiReply.Usage(promptTokens, drawnTokens));
    }

    private void token(int firstChoice, Decoder.Token token) {
        drawnTokens++;
        reply.piece(choices.get(firstChoice + token.sample()).add(token));
    }

    private void next(Runnable action) {
        inTurn.execute(() -> {
            if (over) return;
            try {
                action.run();
            } catch (RuntimeException bug) {
                fail(bug);
            }
        });
    }

    /** Takes what one task draws. */
    private final class Sink implements TokenSink {
        private final int firstChoice;

        Sink(int firstChoice) {
            this.firstChoice = firstChoice;
        }

        @Override
        public void admitted() {
            // The first token says it.
        }

        @Override
        public void token(Decoder.Token token) {
            next(() -> OpenAiCall.this.token(firstChoice, token));
        }

        @Override
        public void done() {
            next(OpenAiCall.this::done);
        }

        @Override
        public void failed(RuntimeException cause) {
            next(() -> fail(cause));
        }
    }
}
