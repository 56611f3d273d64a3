package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import dev.thirteen.core.failure.Failure;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Where a tensor's numbers lie, by libtorch's stable C interface (the one that compiled models call). */
final class TensorAddress {
    private static final String FUNCTION = "aoti_torch_get_data_ptr";
    private static final MethodHandle DATA = handle();

    private TensorAddress() {}

    private static MethodHandle handle() {
        SymbolLookup libtorch = SymbolLookup.libraryLookup("libtorch_cpu.so", Arena.global());
        MemorySegment symbol = libtorch.find(FUNCTION)
                .orElseThrow(() -> new Failure(Failure.Kind.OUTSIDE, "libtorch has no function " + FUNCTION));
        return Linker.nativeLinker()
                .downcallHandle(
                        symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    }

    /** Address of the first number, on whatever device the tensor is. */
    static long of(PtNDArray tensor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            int status = (int) DATA.invokeExact(MemorySegment.ofAddress(tensor.getHandle()), out);
            if (status != 0) throw new Failure(Failure.Kind.BUG, FUNCTION + " failed with status " + status);
            return out.get(ValueLayout.JAVA_LONG, 0);
        } catch (Failure e) {
            throw e;
        } catch (Throwable e) {
            throw new Failure(Failure.Kind.BUG, FUNCTION + " cannot be called: " + e, e);
        }
    }
}
