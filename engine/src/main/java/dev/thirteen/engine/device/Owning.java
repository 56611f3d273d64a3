package dev.thirteen.engine.device;

import java.util.function.Consumer;
import java.util.function.Function;

/** Makes what owns memory and may fail on the way. */
public final class Owning {
    private Owning() {}

    /**
     * What is made with something that it owns from then on.
     *
     * @param owned given back where making fails
     */
    public static <R, T> T of(R owned, Consumer<R> close, Function<R, T> maker) {
        try {
            return maker.apply(owned);
        } catch (RuntimeException | LinkageError e) {
            close.accept(owned);
            throw e;
        }
    }
}
