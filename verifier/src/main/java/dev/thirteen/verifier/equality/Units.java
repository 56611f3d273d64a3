package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Names;
import java.util.Map;

/** Units of measure: those of one kind are converted, those of different kinds differ, unknown words say nothing. */
final class Units {
    /**
     * A unit.
     *
     * @param kind what it measures
     * @param factor how many of the first unit of its kind it is
     */
    private record Unit(String kind, double factor) {}

    private static final Map<String, Unit> KNOWN = Map.ofEntries(
            Map.entry("mm", new Unit("length", 0.001)), Map.entry("cm", new Unit("length", 0.01)),
            Map.entry("m", new Unit("length", 1)), Map.entry("km", new Unit("length", 1000)),
            Map.entry("in", new Unit("length", 0.0254)), Map.entry("ft", new Unit("length", 0.3048)),
            Map.entry("yd", new Unit("length", 0.9144)), Map.entry("mi", new Unit("length", 1609.344)),
            Map.entry("s", new Unit("time", 1)), Map.entry("min", new Unit("time", 60)),
            Map.entry("h", new Unit("time", 3600)), Map.entry("day", new Unit("time", 86400)),
            Map.entry("week", new Unit("time", 604800)), Map.entry("mg", new Unit("mass", 0.001)),
            Map.entry("g", new Unit("mass", 1)), Map.entry("kg", new Unit("mass", 1000)),
            Map.entry("ml", new Unit("volume", 0.001)), Map.entry("l", new Unit("volume", 1)),
            Map.entry("cent", new Unit("money", 0.01)), Map.entry("dollar", new Unit("money", 1)));

    private Units() {}

    /** What to multiply a value in one unit by to have it in another; NaN where that cannot be, 1 where nobody knows. */
    static double factor(String from, String to) {
        String one = Names.unit(from);
        String other = Names.unit(to);
        if (one.isEmpty() || other.isEmpty() || one.equals(other)) return 1;
        Unit a = KNOWN.get(one);
        Unit b = KNOWN.get(other);
        if (a == null || b == null) return 1;
        return a.kind().equals(b.kind()) ? a.factor() / b.factor() : Double.NaN;
    }
}
