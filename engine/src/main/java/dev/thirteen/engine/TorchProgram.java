package dev.thirteen.engine;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.core.failure.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A TorchScript program from text under src/main/resources. Programs hold no tensor; each is compiled once a process and
 * kept. Shared by threads.
 */
final class TorchProgram {
    private static final Map<String, TorchProgram> COMPILED = new ConcurrentHashMap<>();
    /** What has been asked for before: putting a text together takes longer than a small program runs. */
    private static final Map<Request, TorchProgram> KNOWN = new ConcurrentHashMap<>();

    private final PtSymbolBlock block;

    private TorchProgram(PtSymbolBlock block) {
        this.block = block;
    }

    private record Request(Map<String, String> constants, List<String> resources) {
        static Request of(Map<String, ?> constants, String... resources) {
            Map<String, String> texts = new HashMap<>();
            constants.forEach((name, value) -> texts.put(name, String.valueOf(value)));
            return new Request(texts, List.of(resources));
        }

        String source() {
            StringBuilder text = new StringBuilder();
            for (String resource : resources) text.append(read(resource)).append('\n');
            String source = text.toString();
            for (Map.Entry<String, String> constant : constants.entrySet()) {
                source = source.replace("{{" + constant.getKey() + "}}", constant.getValue());
            }
            return source;
        }
    }

    /**
     * The program of the named resources, one after the other, with every {@code {{name}}} replaced by its constant. The
     * last resource defines {@code class Program(Module)}.
     */
    static TorchProgram load(Map<String, ?> constants, String... resources) {
        Request request = Request.of(constants, resources);
        @Nullable TorchProgram known = KNOWN.get(request);
        if (known != null) return known;
        TorchProgram program = COMPILED.computeIfAbsent(request.source(), TorchProgram::compile);
        KNOWN.put(request, program);
        return program;
    }

    private static TorchProgram compile(String source) {
        try (InputStream archive = new ByteArrayInputStream(ScriptArchive.of(source))) {
            return new TorchProgram(JniUtils.loadModule(Torch.manager(), archive, false, false));
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        } catch (RuntimeException e) {
            throw new Failure(Failure.Kind.BUG, "a TorchScript program does not compile: " + e.getMessage(), e);
        }
    }

    private static String read(String resource) {
        try (InputStream in = TorchProgram.class.getResourceAsStream(resource)) {
            if (in == null) throw new Failure(Failure.Kind.BUG, "the engine lacks its resource " + resource);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the resource " + resource + " cannot be read", e);
        }
    }

    /**
     * Calls the program under inference mode: fastest, but what it makes can never take part in a gradient. The program
     * returns a tensor or a tuple of tensors, which {@code into} then owns.
     */
    NDList infer(PtNDManager into, IValue... inputs) {
        JniUtils.setGraphExecutorOptimize(false);
        try (IValue result = block.forward(inputs)) {
            return result.toNDList(into);
        } catch (EngineException e) {
            throw failure(e);
        }
    }

    /**
     * Calls the program in normal mode. Inputs are tensors in order; neighbours that share a name ending in "[]" form a
     * list. Results belong to the manager of the first input.
     */
    NDList call(PtNDArray... inputs) {
        JniUtils.setGraphExecutorOptimize(false);
        try {
            return IValueUtils.forward(block, new NDList(inputs), true);
        } catch (EngineException e) {
            throw failure(e);
        }
    }

    /** What libtorch says, in its last line; those before are a trace through the program. */
    static Failure failure(EngineException thrown) {
        String text = String.valueOf(thrown.getMessage()).strip();
        boolean memory = text.contains("out of memory") || text.contains("can't allocate memory");
        String last = text.substring(text.lastIndexOf('\n') + 1);
        return new Failure(memory ? Failure.Kind.CAPACITY : Failure.Kind.BUG, "libtorch: " + last, thrown);
    }

    /** Makes the tensors a list input of {@link #call}: they get a common name. */
    static void nameList(String name, PtNDArray... tensors) {
        Arrays.stream(tensors).forEach(tensor -> tensor.setName(name + "[]"));
    }
}
