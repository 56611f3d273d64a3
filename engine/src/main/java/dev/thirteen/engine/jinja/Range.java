package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.AbstractList;

/** Python's range, of at most as many items as Jinja's sandbox allows. */
final class Range extends AbstractList<Object> {
    static final int LONGEST = 100_000;

    private final BigInteger start;
    private final BigInteger stop;
    private final BigInteger step;
    private final int size;

    Range(BigInteger start, BigInteger stop, BigInteger step) {
        if (step.signum() == 0) throw new Problem("range() arg 3 must not be zero");
        this.start = start;
        this.stop = stop;
        this.step = step;
        BigInteger distance = step.signum() > 0 ? stop.subtract(start) : start.subtract(stop);
        BigInteger count = distance.signum() <= 0
                ? BigInteger.ZERO
                : distance.subtract(BigInteger.ONE).divide(step.abs()).add(BigInteger.ONE);
        if (count.compareTo(BigInteger.valueOf(LONGEST)) > 0)
            throw new Problem("Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + LONGEST + ").");
        this.size = count.intValue();
    }

    @Override
    public Object get(int index) {
        return start.add(step.multiply(BigInteger.valueOf(index)));
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String toString() {
        return "range(" + start + ", " + stop + (step.equals(BigInteger.ONE) ? ")" : ", " + step + ")");
    }
}
