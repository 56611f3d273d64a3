package dev.thirteen.verifier.symbolic;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.value.Algebra;
import dev.thirteen.verifier.value.Truth;
import dev.thirteen.verifier.value.Work;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.matheclipse.core.eval.ExprEvaluator;

/** Symja in a few processes, started when they are needed first. A caller waits for a free one; its limit counts work alone. */
public final class SymbolicWorkers implements Algebra, AutoCloseable {
    private static final String MEMORY = "-Xmx256m";

    private final Semaphore free;
    private final Duration limit;
    private final List<String> command;
    private final Deque<SymbolicWorker> idle = new ArrayDeque<>();

    /**
     * Workers; none is started yet.
     *
     * @param count processes at most
     * @param limit time of a core that one question may take
     */
    public SymbolicWorkers(int count, Duration limit) {
        this(count, limit, command());
    }

    SymbolicWorkers(int count, Duration limit, List<String> command) {
        this.free = new Semaphore(count, true);
        this.limit = limit;
        this.command = command;
    }

    @Override
    public Truth equal(Expression a, Expression b, Work work) {
        Optional<String> question = Formulation.difference(a, b);
        if (question.isEmpty()) return Truth.UNKNOWN;
        try {
            free.acquire();
            try {
                return Truth.valueOf(asked(question.get()));
            } finally {
                free.release();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while waiting for symbolic algebra");
        }
    }

    private String asked(String question) throws InterruptedException {
        SymbolicWorker worker = taken();
        try {
            String answer = worker.ask(question, limit);
            synchronized (idle) {
                idle.push(worker);
            }
            return answer;
        } catch (SymbolicWorker.TooLongException _) {
            throw new Work.Exhausted();
        }
    }

    private SymbolicWorker taken() throws InterruptedException {
        synchronized (idle) {
            while (!idle.isEmpty()) {
                SymbolicWorker worker = idle.pop();
                if (worker.alive()) return worker;
                worker.close();
            }
        }
        return SymbolicWorker.start(command);
    }

    @Override
    public void close() {
        synchronized (idle) {
            while (!idle.isEmpty()) idle.pop().close();
        }
    }

    /** This program's Java with the jars that hold Symja and this class, wherever a framework has put them. */
    private static List<String> command() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(
                java,
                MEMORY,
                "-Xss4m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                classPath(),
                SymbolicProcess.class.getName());
    }

    private static String classPath() {
        String own = System.getProperty("java.class.path", "");
        if (own.contains("matheclipse-core") || own.contains("surefire")) return own;
        Set<String> places = new LinkedHashSet<>();
        for (Class<?> type : List.of(SymbolicProcess.class, Failure.class, ExprEvaluator.class))
            places.add(place(type));
        return String.join(File.pathSeparator, places);
    }

    private static String place(Class<?> type) {
        try {
            Path path = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            return path.toString().endsWith(".jar") ? path.resolveSibling("*").toString() : path.toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("a code source has no path", e);
        }
    }
}
