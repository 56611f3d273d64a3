package dev.thirteen.verifier.symbolic;

import dev.thirteen.core.failure.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** One process of symbolic algebra, for one caller at a time. It is killed when a question takes too long. */
final class SymbolicWorker implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final String END = "";

    /** A question was not answered within its limit, and the process is gone. */
    static final class TooLongException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private final Process process;
    private final BlockingQueue<String> answers = new ArrayBlockingQueue<>(4);

    private SymbolicWorker(Process process) {
        this.process = process;
        Thread.ofPlatform().daemon().name("symbolic-answers").start(this::read);
    }

    /**
     * Starts one; takes a second or two.
     *
     * @throws Failure OUTSIDE when it does not come up
     */
    static SymbolicWorker start(List<String> command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            SymbolicWorker worker = new SymbolicWorker(process);
            String first = worker.answers.poll(START.toMillis(), TimeUnit.MILLISECONDS);
            if ("READY".equals(first)) return worker;
            worker.close();
            throw new Failure(
                    Failure.Kind.OUTSIDE, "the process of symbolic algebra did not start: " + command.getFirst());
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "no process of symbolic algebra can be started: " + e.getMessage(), e);
        }
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) answers.put(line);
            answers.put(END);
        } catch (IOException e) {
            answers.offer(END);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // nobody interrupts it but the end of the program
        }
    }

    boolean alive() {
        return process.isAlive();
    }

    /**
     * The answer to a question.
     *
     * @param limit time of a core that it may take
     * @throws TooLongException when it took longer, or more memory than it has
     * @throws Failure OUTSIDE when the process had no processor to work on
     */
    String ask(String question, Duration limit) throws TooLongException, InterruptedException {
        Duration before = cpu();
        try {
            OutputStream out = process.getOutputStream();
            out.write((question + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "the process of symbolic algebra is gone: " + e.getMessage(), e);
        }
        for (int waits = 0; waits < 20; waits++) {
            String answer = answers.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (END.equals(answer)) {
                close();
                throw new TooLongException();
            }
            if (answer != null) return answer;
            if (cpu().minus(before).compareTo(limit.multipliedBy(9).dividedBy(10)) >= 0) {
                close();
                throw new TooLongException();
            }
        }
        close();
        throw new Failure(
                Failure.Kind.OUTSIDE, "the process of symbolic algebra gets no processor: the machine is overloaded");
    }

    private Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
