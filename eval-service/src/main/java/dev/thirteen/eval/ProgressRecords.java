package dev.thirteen.eval;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Records the figures of an evaluation in work from time to time: the other pods know them from there. */
final class ProgressRecords implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ProgressRecords.class);

    private final LiveEvaluation live;
    private final RecordWriter writer;
    private final Duration interval;
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread thread;

    ProgressRecords(LiveEvaluation live, RecordWriter writer, Duration interval) {
        this.live = live;
        this.writer = writer;
        this.interval = interval;
        this.thread = Thread.ofVirtual().name("progress").start(this::run);
    }

    private void run() {
        long recorded = -1;
        try {
            while (!done.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                Evaluation now = live.snapshot();
                if (now.getAnswersDone() == recorded) continue;
                try {
                    writer.write(Topics.EVALUATIONS, now.getId(), now);
                    recorded = now.getAnswersDone();
                } catch (Failure e) {
                    // The next one tells all that this one would have told.
                    LOG.debugf("progress of %s is not recorded: %s", now.getId(), e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nothing is recorded here any more when this returns. */
    @Override
    public void close() throws InterruptedException {
        done.countDown();
        thread.join();
    }
}
