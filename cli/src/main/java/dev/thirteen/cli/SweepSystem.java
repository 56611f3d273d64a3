package dev.thirteen.cli;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.training.v1.Run;
import java.util.List;

/** What a sweep asks of the services. Each call may fail as gRPC calls do; all but the creations may be repeated. */
interface SweepSystem {
    /** The run as the server would create it. */
    Run check(RunFile file);

    /** Runs that were there at the first call, the sweep's or not, and those created since, as they are now. */
    List<Run> runs();

    /** Creates a run; one that is there already is left as it is. */
    void create(RunFile file);

    /** Resumes a run that is paused, or prepares a failed one anew. */
    void resume(String run);

    /** Evaluations of a suite, oldest first. */
    List<Evaluation> evaluations(String suite);

    /** Starts an evaluation. */
    void ask(EvaluationSpec spec);
}
