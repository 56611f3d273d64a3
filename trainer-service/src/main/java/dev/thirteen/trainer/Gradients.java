package dev.thirteen.trainer;

import java.util.List;

/** Where the parts of a gradient are computed. */
interface Gradients {
    /** The results of the tasks, in their order; called on the engine thread. */
    List<GradientSums> of(List<GradientTask> tasks);

    /** In this process, one after the other. */
    static Gradients here(Trainable trainable) {
        return tasks -> tasks.stream().map(task -> task.on(trainable)).toList();
    }
}
