package dev.thirteen.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Runs one measure in a process of its own, which then has neither memory nor threads of another. Prints its lines, and
 * {@code note} before what there is to tell beside them.
 */
final class MeasureProcess {
    static final String NOTE = "note ";
    static final String LINE = "bench ";

    private MeasureProcess() {}

    /** name, home, python */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        Place place = new Place(Path.of(arguments[1]), arguments[2]);
        Measure measure = Measure.all().stream()
                .filter(one -> one.name().equals(arguments[0]))
                .findFirst()
                .orElseThrow();
        int status = 0;
        try {
            List<Line> lines = measure.work().lines(measure.name(), place);
            lines.forEach(line -> System.out.println(line.text()));
        } catch (RuntimeException e) {
            e.printStackTrace();
            System.out.println(Line.skipped(measure.name(), "failed: " + e.getMessage()));
            status = 1;
        }
        place.notes().forEach(note -> System.out.println(NOTE + measure.name() + ": " + note));
        System.out.flush();
        System.exit(status);
    }
}
