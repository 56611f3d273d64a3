package dev.thirteen.core.run;

/** One request for one group: the unit of work and of counting once. */
public record GroupRequest(long step, int group, int attempt) {
    @Override
    public String toString() {
        return step + "." + group + "#" + attempt;
    }
}
