package dev.thirteen.engine.cuda;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.device.FallbackLog;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Steps by size of batch, each captured as a graph when it is first needed. Where a graph is refused, the step's kernels are
 * launched one by one each time.
 */
final class StepGraphs {
    /** What captures and replays. */
    interface Recorder {
        /** @throws Failure where the work cannot be captured; nothing of it is done then */
        MemorySegment capture(Runnable work);

        void replay(MemorySegment graph);

        void destroy(MemorySegment graph);
    }

    private final Recorder recorder;
    private final Map<Integer, Runnable> steps = new HashMap<>();
    private final List<MemorySegment> graphs = new ArrayList<>();

    StepGraphs(Recorder recorder) {
        this.recorder = recorder;
    }

    /**
     * Does the step of a size.
     *
     * @param prepare is run before the step is captured
     * @param work puts the step's kernels on the stream
     */
    void run(int size, Runnable prepare, Runnable work) {
        Runnable step = steps.get(size);
        if (step == null) {
            prepare.run();
            step = captured(work);
            steps.put(size, step);
        }
        step.run();
    }

    private Runnable captured(Runnable work) {
        try {
            MemorySegment graph = recorder.capture(work);
            graphs.add(graph);
            return () -> recorder.replay(graph);
        } catch (Failure refused) {
            FallbackLog.say("decoding by single launches", "a graph was refused: " + refused.getMessage());
            return work;
        }
    }

    /** The next step of each size is captured anew. */
    void forget() {
        graphs.forEach(recorder::destroy);
        graphs.clear();
        steps.clear();
    }
}
