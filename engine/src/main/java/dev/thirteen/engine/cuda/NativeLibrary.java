package dev.thirteen.engine.cuda;

import dev.thirteen.core.failure.Failure;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.List;

/** Functions of a shared library that return a status, 0 for success. */
final class NativeLibrary {
    private final String name;
    private final SymbolLookup symbols;

    private NativeLibrary(String name, SymbolLookup symbols) {
        this.name = name;
        this.symbols = symbols;
    }

    /**
     * The first of these that is there: libtorch has loaded some already, and the loader knows them by name.
     *
     * @throws Failure OUTSIDE when there is none
     */
    static NativeLibrary open(List<String> names) {
        for (String name : names) {
            try {
                return new NativeLibrary(name, SymbolLookup.libraryLookup(name, Arena.global()));
            } catch (IllegalArgumentException absent) {
                continue;
            }
        }
        throw new Failure(Failure.Kind.OUTSIDE, "none of the libraries %s is there".formatted(names));
    }

    /** A function that returns a status. */
    Function function(String symbol, MemoryLayout... parameters) {
        MethodHandle handle = Linker.nativeLinker()
                .downcallHandle(
                        symbols.find(symbol)
                                .orElseThrow(() -> new Failure(
                                        Failure.Kind.OUTSIDE, "%s has no function %s".formatted(name, symbol))),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters));
        return new Function(
                symbol,
                handle.asSpreader(Object[].class, parameters.length)
                        .asType(MethodType.methodType(int.class, Object[].class)));
    }

    /** One function; the handle takes all arguments in one array. */
    record Function(String symbol, MethodHandle handle) {
        /** @throws Failure CAPACITY where the device has no memory left, BUG for any other status than 0 */
        void call(Object... arguments) {
            int status;
            try {
                status = (int) handle.invokeExact(arguments);
            } catch (Throwable e) {
                throw new Failure(Failure.Kind.BUG, symbol + " cannot be called: " + e, e);
            }
            if (status == 0) return;
            Failure.Kind kind = status == OUT_OF_MEMORY ? Failure.Kind.CAPACITY : Failure.Kind.BUG;
            throw new Failure(kind, "%s failed with status %d".formatted(symbol, status));
        }

        private static final int OUT_OF_MEMORY = 2;
    }
}
