package dev.thirteen.bench;

import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.device.DeviceDecoder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code bin/bench --profile}: where the time of a decode step on a GPU goes, each kernel over all layers by itself. */
public final class DecodeProfile {
    private static final int PROMPT = 128;
    private static final int ANSWER = 128;

    private DecodeProfile() {}

    /** home, shape as {@code 0.5b}, rows, and of how many adapters; 0 for the base alone */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        Place place = new Place(Path.of(arguments[0]).toAbsolutePath(), "python3");
        Shapes shape = Shapes.named(arguments[1]);
        int rows = Integer.parseInt(arguments[2]);
        int adapters = Integer.parseInt(arguments[3]);
        if (Machine.gpu().isEmpty()) {
            Progress.say("there is no GPU; docs/performance.md says how to look at a processor");
            System.exit(2);
        }
        List<Requests> work = Requests.equal(rows, PROMPT, ANSWER);
        try (BaseModel base = Models.load(place, shape)) {
            List<Policy> policies = adapters == 0 ? List.of(Policy.BASE) : Adapters.of(base, adapters);
            try (Serving serving = new Serving(base, shape.vocabulary(), work, policies, rows)) {
                serving.run(0);
                int tokens = PROMPT + ANSWER / 2;
                double bound = 1e6 * Card.here().stepSeconds(shape, rows, tokens);
                String title = "%s, %s, %d rows of %d tokens, %d adapters"
                        .formatted(Card.here().name(), shape, rows, tokens, adapters);
                System.out.print(text(title, serving.profile(), bound));
            }
        }
        System.exit(0);
    }

    /** A line a part, in microseconds and shares of the sum, then the sum, the step as a whole and the card's bound. */
    static String text(String title, Map<String, Double> micros, double bound) {
        Map<String, Double> parts = new LinkedHashMap<>(micros);
        Double whole = parts.remove(DeviceDecoder.WHOLE_STEP);
        double sum = parts.values().stream().mapToDouble(Double::doubleValue).sum();
        StringBuilder text = new StringBuilder(title + "\n");
        parts.forEach((part, time) -> text.append(line(part, time, sum)));
        text.append(line("sum", sum, sum));
        if (whole != null) text.append(line(DeviceDecoder.WHOLE_STEP, whole, sum));
        text.append(line("bound", bound, sum));
        return text.toString();
    }

    private static String line(String part, double time, double sum) {
        return String.format(Locale.ROOT, "%-24s %8.0f us %4.0f %%%n", part, time, 100 * time / sum);
    }
}
