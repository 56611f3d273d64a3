package dev.thirteen.cli;

import java.time.Duration;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Says on standard error when what a command waits for does not move, and when a service that it needs does not answer, in a
 * line each, at growing intervals. The wait goes on. Looks from a thread of its own, for the command's waits for answers.
 */
final class Watch implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** A service that was killed is started again within this time, as a rule. */
    private static final Duration SERVICE_PATIENCE = Duration.ofSeconds(15);

    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final String CLEAR_LINE = "\r\u001b[2K";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private final Output output;
    private final Asked asked;
    private final LongSupplier nanos;
    private final Standstill work;
    private final Map<String, Standstill> services = new LinkedHashMap<>();
    private final Thread thread = Thread.ofPlatform().daemon().name("watch").unstarted(this::run);
    private String where = "nothing was heard of it yet";

    /**
     * Who is asked whether they answer.
     *
     * @param names of services, with their addresses
     * @param answers whether the service of a name answers
     * @param logs where to look then, a phrase; empty where nobody knows
     */
    record Asked(List<String> names, Predicate<String> answers, String logs) {}

    /** @param nanos of a clock that only goes forward */
    Watch(Output output, Asked asked, LongSupplier nanos) {
        this.output = output;
        this.asked = asked;
        this.nanos = nanos;
        this.work = new Standstill(PATIENCE, nanos.getAsLong());
        asked.names().forEach(name -> services.put(name, new Standstill(SERVICE_PATIENCE, nanos.getAsLong())));
    }

    /** Looks now and then, until it is closed. */
    Watch start() {
        thread.start();
        return this;
    }

    /**
     * Where the work stands.
     *
     * @param mark equal to the last one for as long as nothing moves
     * @param words the same for a person
     */
    synchronized void at(Object mark, String words) {
        work.at(mark, nanos.getAsLong());
        where = words;
    }

    /** Whether nothing has moved for longer than is usual. */
    synchronized boolean still() {
        return work.still(nanos.getAsLong());
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                look();
            }
        } catch (InterruptedException | Output.ClosedException e) {
            // The command is done, or nobody reads what it says.
        }
    }

    /** Asks the services, and says what is to be said now. */
    void look() {
        for (String name : asked.names()) {
            // Nothing is held meanwhile: an answer may take its time.
            boolean answered = asked.answers().test(name);
            synchronized (this) {
                heard(name, answered);
            }
        }
        synchronized (this) {
            work.due(nanos.getAsLong()).ifPresent(this::sayStill);
        }
    }

    private void heard(String name, boolean answered) {
        Standstill service = services.get(name);
        if (service == null) return;
        long now = nanos.getAsLong();
        if (answered) {
            if (service.said()) say(name + " answers again");
            service.at(now, now);
        } else {
            service.due(now).ifPresent(quiet -> say(name + " has not answered" + since(quiet) + asked.logs()));
        }
    }

    private void sayStill(Duration quiet) {
        String silent = services.entrySet().stream()
                .filter(entry -> entry.getValue().still(nanos.getAsLong()))
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(" and "));
        String who = silent.isEmpty() ? "" : "; no answer from " + silent;
        say("nothing has moved" + since(quiet) + ": " + where + who + asked.logs());
    }

    private static String since(Duration quiet) {
        String began = LocalTime.now().minus(quiet).format(TIME);
        return " for " + RunProgress.time(quiet.toSeconds()) + " (since " + began + ")";
    }

    private void say(String sentence) {
        // A line of progress may be open.
        if (output.terminal()) output.text(CLEAR_LINE);
        output.note("thirteen: " + sentence);
    }

    /** Ends the looking. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
