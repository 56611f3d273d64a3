package dev.thirteen.core.run;

import static dev.thirteen.core.run.RunTranscript.event;
import static dev.thirteen.core.run.RunTranscript.transcript;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Transcripts: event, then the state it leads to, then the effects. */
class RunMachineTest {
    private static final RunLimits ON_POLICY = new RunLimits(2, 2, 0, false, 3);

    @Test
    void aRunPreparesTrainsEveryStepAndFinishes() {
        assertThat(transcript(ON_POLICY, """
                prepared
                scored 0.1#0 by 0
                scored 0.0#0 by 0
                computed 0
                scored 1.0#0 by 1
                scored 1.1#0 by 1
                computed 1
                """)).isEqualTo("""
                prepared
                  RUNNING 0 [..]
                  commit RUNNING asks 0.0#0 0.1#0
                scored 0.1#0 by 0
                  RUNNING 0 [.A]
                  hold 0
                scored 0.0#0 by 0
                  RUNNING 0 [AA]
                  hold 0
                  compute 0
                computed 0
                  RUNNING 1 [..]
                  commit RUNNING trained asks 1.0#0 1.1#0
                scored 1.0#0 by 1
                  RUNNING 1 [A.]
                  hold 1
                scored 1.1#0 by 1
                  RUNNING 1 [AA]
                  hold 1
                  compute 1
                computed 1
                  FINISHED 2
                  commit FINISHED trained
                """);
    }

    @Test
    void aRunThatSamplesNothingComputesStepAfterStep() {
        assertThat(transcript(new RunLimits(2, 0, 0, false, 3), """
                prepared
                computed 0
                pause
                computed 1
                """)).isEqualTo("""
                prepared
                  RUNNING 0 []
                  commit RUNNING
                  compute 0
                computed 0
                  RUNNING 1 []
                  commit RUNNING trained
                  compute 1
                pause
                  PAUSED 1 [] paused by request
                  commit PAUSED
                computed 1
                  FINISHED 2
                  commit FINISHED trained
                """);
    }

    @Test
    void whatIsDoubledOldOrUnknownIsDropped() {
        assertThat(transcript(ON_POLICY, """
                prepared
                scored 0.0#0 by 0
                scored 0.0#0 by 0
                dead 0.1#0
                scored 0.1#0 by 0
                scored 0.7#0 by 0
                scored 5.0#0 by 0
                scored 0.1#2 by 0
                scored 0.1#1 by 0
                computed 0
                scored 0.1#1 by 0
                """)).isEqualTo("""
                prepared
                  RUNNING 0 [..]
                  commit RUNNING asks 0.0#0 0.1#0
                scored 0.0#0 by 0
                  RUNNING 0 [A.]
                  hold 0
                scored 0.0#0 by 0
                  RUNNING 0 [A.]
                  drop DUPLICATE
                dead 0.1#0
                  RUNNING 0 [A.]
                  commit RUNNING asks 0.1#1
                scored 0.1#0 by 0
                  RUNNING 0 [A.]
                  drop OLD_ATTEMPT
                scored 0.7#0 by 0
                  RUNNING 0 [A.]
                  drop UNKNOWN
                scored 5.0#0 by 0
                  RUNNING 0 [A.]
                  drop UNKNOWN
                scored 0.1#2 by 0
                  RUNNING 0 [A.]
                  drop UNKNOWN
                scored 0.1#1 by 0
                  RUNNING 0 [AA]
                  hold 0
                  compute 0
                computed 0
                  RUNNING 1 [..]
                  commit RUNNING trained asks 1.0#0 1.1#0
                scored 0.1#1 by 0
                  RUNNING 1 [..]
                  drop DUPLICATE
                """);
    }

    @Test
    void stepsAreAskedForAheadAsFarAsStalenessAllows() {
        assertThat(transcript(new RunLimits(3, 1, 1, false, 3), """
                prepared
                scored 1.0#0 by 0
                scored 0.0#0 by 0
                computed 0
                computed 1
                scored 2.0#0 by 0
                scored 2.0#1 by 2
                computed 2
                """)).isEqualTo("""
                prepared
                  RUNNING 0 [.][.]
                  commit RUNNING asks 0.0#0 1.0#0
                scored 1.0#0 by 0
                  RUNNING 0 [.][A]
                  hold 1
                scored 0.0#0 by 0
                  RUNNING 0 [A][A]
                  hold 0
                  compute 0
                computed 0
                  RUNNING 1 [A][.]
                  commit RUNNING trained asks 2.0#0
                  compute 1
                computed 1
                  RUNNING 2 [.]
                  commit RUNNING trained
                scored 2.0#0 by 0
                  RUNNING 2 [.]
                  drop STALE
                  commit RUNNING asks 2.0#1
                scored 2.0#1 by 2
                  RUNNING 2 [A]
                  hold 2
                  compute 2
                computed 2
                  FINISHED 3
                  commit FINISHED trained
                """);
    }

    /** What a pause holds is read again after a restart. */
    @Test
    void whatAPausedRunCannotUseIsCountedOnceAndAskedForOnResume() {
        assertThat(transcript(new RunLimits(3, 2, 0, false, 3, 1), """
                prepared
                scored 0.0#0 by 0
                scored 0.1#0 by 0
                computed 0
                pause
                scored 1.0#0 by 0
                scored 1.0#0 by 0
                flat 1.1#0 by 1
                flat 1.1#0 by 1
                resume
                """)).endsWith("""
                scored 1.0#0 by 0
                  PAUSED 1 [L.] paused by request
                  drop STALE
                  hold 1
                scored 1.0#0 by 0
                  PAUSED 1 [L.] paused by request
                  drop DUPLICATE
                flat 1.1#0 by 1
                  PAUSED 1 [LL] paused by request
                  drop NO_SIGNAL
                  hold 1
                flat 1.1#0 by 1
                  PAUSED 1 [LL] paused by request
                  drop DUPLICATE
                resume
                  RUNNING 1 [..]
                  commit RUNNING asks 1.0#1 1.1#1
                """);
    }

    @Test
    void aGroupThatKeepsFailingPausesTheRunAndIsAskedForOnResume() {
        assertThat(transcript(new RunLimits(2, 2, 0, false, 2), """
                prepared
                dead 0.0#0
                dead 0.0#1
                dead 0.1#0
                resume
                scored 0.0#2 by 0
                """)).isEqualTo("""
                prepared
                  RUNNING 0 [..]
                  commit RUNNING asks 0.0#0 0.1#0
                dead 0.0#0
                  RUNNING 0 [..]
                  commit RUNNING asks 0.0#1
                dead 0.0#1
                  PAUSED 0 [L.] group 0 of step 1 failed 2 times, last: parked
                  hold 0
                  commit PAUSED
                dead 0.1#0
                  PAUSED 0 [LL] group 0 of step 1 failed 2 times, last: parked
                  hold 0
                resume
                  RUNNING 0 [..]
                  commit RUNNING asks 0.0#2 0.1#1
                scored 0.0#2 by 0
                  RUNNING 0 [A.]
                  hold 0
                """);
    }

    @Test
    void aStepUnderWayIsCommittedAlthoughTheRunWasPaused() {
        assertThat(transcript(ON_POLICY, """
                prepared
                scored 0.0#0 by 0
                scored 0.1#0 by 0
                pause
                computed 0
                resume
                cancel
                scored 1.0#0 by 1
                resume
                cancel
                """)).isEqualTo("""
                prepared
                  RUNNING 0 [..]
                  commit RUNNING asks 0.0#0 0.1#0
                scored 0.0#0 by 0
                  RUNNING 0 [A.]
                  hold 0
                scored 0.1#0 by 0
                  RUNNING 0 [AA]
                  hold 0
                  compute 0
                pause
                  PAUSED 0 [AA] paused by request
                  commit PAUSED
                computed 0
                  PAUSED 1  paused by request
                  commit PAUSED trained
                resume
                  RUNNING 1 [..]
                  commit RUNNING asks 1.0#0 1.1#0
                cancel
                  CANCELLED 1
                  commit CANCELLED
                scored 1.0#0 by 1
                  CANCELLED 1
                  drop ENDED
                resume
                  CANCELLED 1
                  refuse the run has ended
                cancel
                  CANCELLED 1
                """);
    }

    @Test
    void aStepThatCannotBeComputedPausesAndIsComputedAgainOnResume() {
        assertThat(transcript(ON_POLICY, """
                prepared
                scored 0.0#0 by 0
                scored 0.1#0 by 0
                uncomputable 0
                resume
                """)).endsWith("""
                uncomputable 0
                  PAUSED 0 [AA] the loss is not finite
                  commit PAUSED
                resume
                  RUNNING 0 [AA]
                  commit RUNNING
                  compute 0
                """);
    }

    @Test
    void aDeadlineRefillsButADeterministicRunAsksForTheSameAgain() {
        String events = """
                prepared
                scored 0.0#0 by 0
                late 0.0#0
                late 0.1#0
                """;
        assertThat(transcript(ON_POLICY, events)).endsWith("""
                late 0.0#0
                  RUNNING 0 [A.]
                late 0.1#0
                  RUNNING 0 [A.]
                  commit RUNNING asks 0.1#1
                """);
        assertThat(transcript(new RunLimits(2, 2, 0, true, 3), events)).endsWith("""
                late 0.0#0
                  RUNNING 0 [A.]
                late 0.1#0
                  RUNNING 0 [A.]
                  commit RUNNING asks 0.1#0
                """);
    }

    @Test
    void aCommitThatTheTopicsRefusePausesTheRun() {
        assertThat(transcript(ON_POLICY, """
                refused
                """)).isEqualTo("""
                refused
                  FAILED 0 too large
                  commit FAILED
                """);
        assertThat(transcript(ON_POLICY, """
                prepared
                scored 0.0#0 by 0
                scored 0.1#0 by 0
                refused
                resume
                pause
                refused
                """)).endsWith("""
                refused
                  PAUSED 0 [AA] too large
                  commit PAUSED
                resume
                  RUNNING 0 [AA]
                  commit RUNNING
                  compute 0
                pause
                  PAUSED 0 [AA] paused by request
                  commit PAUSED
                refused
                  PAUSED 0 [AA] too large
                  commit PAUSED
                """);
    }

    @Test
    void aGroupIsNotAskedForMoreOftenThanItHasSamples() {
        RunMachine machine = new RunMachine(ON_POLICY);
        // 7 bits of attempt in a sample's random stream: attempts 0 to 127.
        Window last = Window.of(0, 1, 2).onAttempt(new GroupRequest(0, 1, 127), 0);
        Transition paused = machine.decide(new RunState.Paused(last, "trouble"), event("dead 0.1#127"));

        Transition resumed = machine.decide(paused.next(), event("resume"));

        assertThat(resumed.next()).isEqualTo(paused.next());
        assertThat(resumed.effects())
                .containsExactly(new Effect.Refuse(
                        "group 1 of step 1 was asked for 128 times, and has no further" + " samples: cancel the run"));
    }

    @Test
    void aRunThatCannotBePreparedFailsAndIsPreparedAnewByRequestAlone() {
        assertThat(transcript(ON_POLICY, """
                pause
                unloadable
                prepared
                pause
                resume
                unloadable
                cancel
                """)).isEqualTo("""
                pause
                  PAUSED 0 paused by request
                  commit PAUSED
                unloadable
                  FAILED 0 no such folder
                  commit FAILED
                prepared
                  FAILED 0 no such folder
                pause
                  FAILED 0 no such folder
                  refuse the run has failed
                resume
                  PREPARING 0
                  commit PREPARING
                unloadable
                  FAILED 0 no such folder
                  commit FAILED
                cancel
                  FAILED 0 no such folder
                  refuse the run has failed
                """);
    }

    @Test
    void aForkThatFailedIsPreparedAnewAtTheStepThatItGoesOnFrom() {
        RunState failed = RunState.recorded(RunPhase.FAILED, new Window(7, List.of()), "no such folder", false);
        assertThat(new RunMachine(ON_POLICY)
                        .decide(failed, new RunEvent.Resume())
                        .next())
                .isEqualTo(new RunState.Preparing(7));
    }

    @Test
    void aRunMayBePausedResumedAndCancelledWhileItIsPrepared() {
        assertThat(transcript(ON_POLICY, """
                resume
                pause
                pause
                resume
                pause
                prepared
                scored 0.0#0 by 0
                resume
                """)).isEqualTo("""
                resume
                  PREPARING 0
                pause
                  PAUSED 0 paused by request
                  commit PAUSED
                pause
                  PAUSED 0 paused by request
                resume
                  PREPARING 0
                  commit PREPARING
                pause
                  PAUSED 0 paused by request
                  commit PAUSED
                prepared
                  PAUSED 0  paused by request
                  commit PAUSED
                scored 0.0#0 by 0
                  PAUSED 0  paused by request
                  drop UNKNOWN
                resume
                  RUNNING 0 [..]
                  commit RUNNING asks 0.0#0 0.1#0
                """);
        assertThat(transcript(ON_POLICY, """
                pause
                cancel
                """)).endsWith("""
                cancel
                  CANCELLED 0
                  commit CANCELLED
                """);
    }

    /** It has no groups: its first step is computed as soon as it may go on. */
    @Test
    void aRunThatSamplesNothingGoesOnWithItsFirstStep() {
        assertThat(transcript(new RunLimits(2, 0, 0, false, 3), """
                pause
                prepared
                resume
                """)).endsWith("""
                resume
                  RUNNING 0 []
                  commit RUNNING
                  compute 0
                """);
    }

    @Test
    void aRestartAwaitsWhatWasRecordedAndNothingIsAskedTwice() {
        RunMachine machine = new RunMachine(new RunLimits(3, 2, 1, true, 3));
        Window window = Window.of(1, 3, 2).onAttempt(new GroupRequest(2, 1, 1), 0);
        RunState state = RunState.recorded(RunPhase.RUNNING, window, "", true);

        assertThat(state.openWindow().orElseThrow().awaited())
                .extracting(GroupRequest::toString)
                .containsExactly("1.0#0", "1.1#0", "2.0#0", "2.1#1");
        Transition first = machine.decide(state, event("scored 1.1#0 by 0"));
        Transition second = machine.decide(first.next(), event("scored 1.0#0 by 0"));
        assertThat(second.effects()).containsExactly(new Effect.Hold(1), new Effect.ComputeStep(1));
        assertThat(machine.decide(second.next(), event("computed 1")).effects())
                .containsExactly(new Effect.Commit(RunPhase.RUNNING, "", true, List.of()));
    }

    @Test
    void aDeterministicRefillAsksUnderThePolicyOfTheFirstRequest() {
        RunLimits free = new RunLimits(10, 2, 2, false, 3);
        RunLimits exact = new RunLimits(10, 2, 2, true, 3);
        assertThat(List.of(free.policyStep(7, 5), exact.policyStep(7, 5))).containsExactly(5L, 5L);
        assertThat(List.of(free.policyStep(7, 6), exact.policyStep(7, 6))).containsExactly(6L, 5L);
        assertThat(exact.policyStep(1, 0)).isZero();
    }

    @Test
    void groupsWithoutSignalAreReplacedUntilTheRoundsAreUsedUp() {
        assertThat(transcript(new RunLimits(2, 1, 0, false, 3, 1), """
                prepared
                flat 0.0#0 by 0
                flat 0.0#1 by 0
                resume
                flat 0.0#2 by 0
                scored 0.0#3 by 0
                """)).isEqualTo("""
                prepared
                  RUNNING 0 [.]
                  commit RUNNING asks 0.0#0
                flat 0.0#0 by 0
                  RUNNING 0 [.]
                  drop NO_SIGNAL
                  commit RUNNING asks 0.0#1
                flat 0.0#1 by 0
                  PAUSED 0 [L] group 0 of step 1 had equal rewards under 2 prompts, one after the other: nothing can be learned
                  drop NO_SIGNAL
                  hold 0
                  commit PAUSED
                resume
                  RUNNING 0 [.]
                  commit RUNNING asks 0.0#2
                flat 0.0#2 by 0
                  RUNNING 0 [.]
                  drop NO_SIGNAL
                  commit RUNNING asks 0.0#3
                scored 0.0#3 by 0
                  RUNNING 0 [A]
                  hold 0
                  compute 0
                """);
    }

    @Test
    void lostGroupsAreNoRoundsOfReplacementAndReplacedOnesNoFailures() {
        assertThat(transcript(new RunLimits(2, 1, 0, false, 3, 1), """
                prepared
                dead 0.0#0
                flat 0.0#1 by 0
                dead 0.0#2
                flat 0.0#3 by 0
                resume
                dead 0.0#4
                """)).isEqualTo("""
                prepared
                  RUNNING 0 [.]
                  commit RUNNING asks 0.0#0
                dead 0.0#0
                  RUNNING 0 [.]
                  commit RUNNING asks 0.0#1
                flat 0.0#1 by 0
                  RUNNING 0 [.]
                  drop NO_SIGNAL
                  commit RUNNING asks 0.0#2
                dead 0.0#2
                  RUNNING 0 [.]
                  commit RUNNING asks 0.0#3
                flat 0.0#3 by 0
                  PAUSED 0 [L] group 0 of step 1 had equal rewards under 2 prompts, one after the other: nothing can be learned
                  drop NO_SIGNAL
                  hold 0
                  commit PAUSED
                resume
                  RUNNING 0 [.]
                  commit RUNNING asks 0.0#4
                dead 0.0#4
                  PAUSED 0 [L] group 0 of step 1 failed 3 times, last: parked
                  hold 0
                  commit PAUSED
                """);
    }

    @Test
    void aRestartKeepsTheKindsOfAttemptsApart() {
        RunMachine machine = new RunMachine(new RunLimits(2, 1, 0, false, 2, 3));
        Window window = Window.of(0, 1, 1).onAttempt(new GroupRequest(0, 0, 3), 3);
        Transition lost = machine.decide(new RunState.Running(window), event("dead 0.0#3"));
        assertThat(lost.effects())
                .containsExactly(new Effect.Commit(RunPhase.RUNNING, "", false, List.of(new GroupRequest(0, 0, 4))));
        Transition flat = machine.decide(lost.next(), event("flat 0.0#4 by 0"));
        assertThat(flat.next().reason()).contains("under 4 prompts");
    }

    @Test
    void groupsWithoutSignalAreTrainedOnUnlessTheRunReplacesThem() {
        assertThat(transcript(new RunLimits(1, 1, 0, false, 3), """
                prepared
                flat 0.0#0 by 0
                """)).endsWith("compute 0\n");
    }

    @Test
    void aStepThatMayChangeNothingIsCommittedAndTheThirdInARowPauses() {
        assertThat(transcript(new RunLimits(4, 1, 0, false, 3), """
                prepared
                scored 0.0#0 by 0
                skipped 0 after 0
                scored 1.0#0 by 1
                skipped 1 after 1
                scored 2.0#0 by 2
                skipped 2 after 2
                resume
                computed 2
                """)).isEqualTo("""
                prepared
                  RUNNING 0 [.]
                  commit RUNNING asks 0.0#0
                scored 0.0#0 by 0
                  RUNNING 0 [A]
                  hold 0
                  compute 0
                skipped 0 after 0
                  RUNNING 1 [.]
                  commit RUNNING trained asks 1.0#0
                scored 1.0#0 by 1
                  RUNNING 1 [A]
                  hold 1
                  compute 1
                skipped 1 after 1
                  RUNNING 2 [.]
                  commit RUNNING trained asks 2.0#0
                scored 2.0#0 by 2
                  RUNNING 2 [A]
                  hold 2
                  compute 2
                skipped 2 after 2
                  PAUSED 2 [A] 3 steps in a row would have changed nothing, last step 3: the loss is not finite
                  commit PAUSED
                resume
                  RUNNING 2 [A]
                  commit RUNNING
                  compute 2
                computed 2
                  RUNNING 3 [.]
                  commit RUNNING trained asks 3.0#0
                """);
    }
}
