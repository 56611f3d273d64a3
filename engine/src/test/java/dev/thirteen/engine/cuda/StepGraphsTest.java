package dev.thirteen.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.failure.Failure;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepGraphsTest {
    private final List<String> done = new ArrayList<>();

    private final class Recorder implements StepGraphs.Recorder {
        private final boolean refuses;

        Recorder(boolean refuses) {
            this.refuses = refuses;
        }

        @Override
        public MemorySegment capture(Runnable work) {
            done.add("capture");
            if (refuses) throw new Failure(Failure.Kind.BUG, "cuStreamEndCapture failed with status 901");
            return MemorySegment.NULL;
        }

        @Override
        public void replay(MemorySegment graph) {
            done.add("replay");
        }

        @Override
        public void destroy(MemorySegment graph) {
            done.add("destroy");
        }
    }

    private void twoSteps(StepGraphs graphs) {
        for (int i = 0; i < 2; i++) graphs.run(8, () -> done.add("prepare"), () -> done.add("launch"));
    }

    @Test
    void aStepIsCapturedOnceAndReplayed() {
        StepGraphs graphs = new StepGraphs(new Recorder(false));
        twoSteps(graphs);
        graphs.forget();
        assertThat(done).containsExactly("prepare", "capture", "replay", "replay", "destroy");
    }

    @Test
    void aRefusedGraphIsLaunchedKernelByKernelAndNotTriedAgain() {
        StepGraphs graphs = new StepGraphs(new Recorder(true));
        twoSteps(graphs);
        graphs.forget();
        assertThat(done).containsExactly("prepare", "capture", "launch", "launch");
    }
}
