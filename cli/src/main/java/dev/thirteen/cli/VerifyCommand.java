package dev.thirteen.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.Verification;
import dev.thirteen.verifier.Verifier;
import dev.thirteen.verifier.Watch;
import dev.thirteen.verifier.symbolic.SymbolicWorkers;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen verify}: the verifier on a file of cases, without a service. */
@Command(
        name = "verify",
        description = "Compare predictions with labels, as rewards and evaluations do; needs no running service.",
        footerHeading = "%n",
        footer = {
            "A line of the file: {\"gold\": \"1/2\", \"prediction\": \"0.5\", \"expected\": true, \"kind\": \"answer\"}.",
            "kind: answer (both are answers, perhaps with a few words around) or completion (a whole text).",
            "Further keys are in docs/verifier.md. Prints one JSON object a line, then a summary;",
            "exit code 0 when nothing hung or crashed."
        })
final class VerifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "JSON Lines.")
    private Path file = Path.of("");

    @Option(
            names = "--limit-ms",
            defaultValue = "1000",
            paramLabel = "MS",
            description = "Work that one comparison may take, in milliseconds of a core. Default: ${DEFAULT-VALUE}.")
    private int limitMillis;

    /** A busy machine may refuse work more than once. */
    private static final int TRIES = 5;

    /** What some editors begin a file of UTF-8 with. */
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final long DELIVERED_EVERY_NANOS = 100_000_000;

    private final Session session;
    private long deliveredAt = System.nanoTime();
    private int judged;
    private int agreeing;
    private int hung;
    private int crashed;

    VerifyCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (limitMillis < 1 || limitMillis > 600_000) {
            throw new Failure(Failure.Kind.CALLER, "--limit-ms: must be 1 to 600000, it is " + limitMillis);
        }
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new Failure(Failure.Kind.CALLER, file + ": is no file that can be read");
        }
        // What can be read twice is checked as a whole before anything starts.
        if (Files.isRegularFile(file)) each((_, _) -> {});
        Duration limit = Duration.ofMillis(limitMillis);
        try (SymbolicWorkers algebra = new SymbolicWorkers(1, limit);
                Watch watch = new Watch(limit.multipliedBy(2))) {
            Verifier verifier = new Verifier(algebra, limit);
            each((line, asked) -> judge(line, asked, verifier, watch));
        }
        session.output().line("verify: agree %d of %d, hung %d, crashed %d".formatted(agreeing, judged, hung, crashed));
        return hung == 0 && crashed == 0 ? CallFailure.OK : CallFailure.FAILED;
    }

    /** What is done with a line. */
    private interface Step {
        void take(int line, VerifyCase asked) throws InterruptedException;
    }

    private void each(Step step) throws InterruptedException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (number++ == 0 && line.startsWith(BYTE_ORDER_MARK)) line = line.substring(1);
                if (!line.isBlank()) step.take(number, VerifyCase.of(file, number, line));
            }
        } catch (CharacterCodingException e) {
            throw new Failure(Failure.Kind.CALLER, file + ": is no UTF-8 text", e);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, file + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private void judge(int line, VerifyCase asked, Verifier verifier, Watch watch) throws InterruptedException {
        String verdict;
        String extracted = "";
        boolean correct = false;
        try {
            Verification found = tried(
                    TRIES, () -> watch.run(() -> verifier.verify(asked.gold(), asked.prediction(), asked.question())));
            correct = found.verdict() instanceof Verdict.Correct;
            verdict = name(found.verdict());
            extracted = found.verdict().extracted();
        } catch (Watch.HungException _) {
            hung++;
            verdict = "HUNG";
        } catch (ExecutionException failed) {
            crashed++;
            verdict = "CRASHED";
            session.output().note("thirteen: " + file + ":" + line + ": " + failed.getCause());
        }
        ObjectNode answer = JSON.createObjectNode().put("line", line).put("verdict", verdict);
        if (asked.expected().isPresent()) {
            boolean agree = correct == asked.expected().get();
            judged++;
            if (agree) agreeing++;
            answer.put("agree", agree);
        } else {
            answer.putNull("agree");
        }
        session.output().out().println(answer.put("extracted", extracted));
        deliver();
    }

    /** Now and then: a call of the system for each line would cost more than the comparison. */
    private void deliver() {
        long now = System.nanoTime();
        if (now - deliveredAt < DELIVERED_EVERY_NANOS) return;
        deliveredAt = now;
        session.output().deliver();
    }

    /** Work that fails by itself or in time. */
    interface Trial<T> {
        /** Does it once. */
        T run() throws Watch.HungException, ExecutionException, InterruptedException;
    }

    /** Does work again that failed for want of a processor or a process: that says nothing of what is compared. */
    static <T> T tried(int times, Trial<T> trial) throws Watch.HungException, ExecutionException, InterruptedException {
        for (int left = times - 1; ; left--) {
            try {
                return trial.run();
            } catch (ExecutionException e) {
                boolean passing = e.getCause() instanceof Failure failure
                        && failure.kind().retryable();
                if (left == 0 || !passing) throw e;
            }
        }
    }

    private static String name(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Correct _ -> "CORRECT";
            case Verdict.Incorrect _ -> "INCORRECT";
            case Verdict.Unparsable _ -> "UNPARSABLE";
            case Verdict.TimedOut _ -> "TIMED_OUT";
        };
    }
}
