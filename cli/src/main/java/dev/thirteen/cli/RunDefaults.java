package dev.thirteen.cli;

import java.time.Duration;

/** What a run file need not say. The one place of its defaults; run-file keys without one are required. */
public final class RunDefaults {
    /** prompt.system: no system turn. */
    public static final String SYSTEM = "";
    /** prompt.chat: the user text is the prompt as it stands. */
    public static final boolean CHAT = false;
    /** adapter.rank, as in the paper. */
    public static final int RANK = 2;
    /** adapter.u: 13 numbers with tying: all. */
    public static final int U = 13;
    /** adapter.projection-seed. */
    public static final long PROJECTION_SEED = 0;
    /** reward.terms: weight of a term that is no gate. */
    public static final double TERM_WEIGHT = 1;
    /** reward.terms of type code: limit. */
    public static final Duration CODE_LIMIT = Duration.ofSeconds(5);
    /** reward.terms of type code: memory-mib. */
    public static final int CODE_MEMORY_MIB = 512;
    /** reward.terms of type service: deadline. */
    public static final Duration SERVICE_DEADLINE = Duration.ofSeconds(10);
    /** reward.terms of type service: retries. */
    public static final int SERVICE_RETRIES = 2;
    /** algorithm.importance-cap: truncated importance sampling of stale rollouts at 2. */
    public static final double IMPORTANCE_CAP = 2;
    /** algorithm.importance-floor. */
    public static final double IMPORTANCE_FLOOR = 0.5;
    /** algorithm.max-refills. */
    public static final int MAX_REFILLS = 10;
    /** algorithm.overlong-buffer: a fifth of max-tokens, as in DAPO's paper. */
    public static final int OVERLONG_BUFFER_PART = 5;
    /** algorithm.overlong-penalty, as in DAPO's paper. */
    public static final double OVERLONG_PENALTY = 1;
    /** adapter.rank of LoRA, LoRA-XS, ShareLoRA and WeightLoRA, as PEFT has it. */
    public static final int LORA_RANK = 8;
    /** adapter.rank of VeRA, as PEFT has it. */
    public static final int VERA_RANK = 256;
    /** adapter.initial-rank, as PEFT has it. */
    public static final int ADALORA_INITIAL_RANK = 12;
    /** adapter.target-rank, as PEFT has it. */
    public static final int ADALORA_TARGET_RANK = 8;
    /** adapter.sensitivity-decay and adapter.uncertainty-decay, as PEFT has them. */
    public static final double ADALORA_DECAY = 0.85;
    /** adapter.orthogonality, as PEFT has it. */
    public static final double ADALORA_ORTHOGONALITY = 0.5;
    /** algorithm.updates-per-step: on-policy. */
    public static final int UPDATES_PER_STEP = 1;
    /** optimizer.warmup-steps. */
    public static final int WARMUP_STEPS = 0;
    /** sampling.temperature. */
    public static final double TEMPERATURE = 1;
    /** sampling.max-tokens. */
    public static final int MAX_TOKENS = 512;
    /** optimizer.beta1. */
    public static final double BETA1 = 0.9;
    /** optimizer.beta2. */
    public static final double BETA2 = 0.999;
    /** optimizer.epsilon. */
    public static final double EPSILON = 1e-8;
    /** optimizer.weight-decay: none, since values near zero are the base model. */
    public static final double WEIGHT_DECAY = 0;
    /** optimizer.max-grad-norm. */
    public static final double MAX_GRAD_NORM = 1;
    /** groups-per-step. */
    public static final int GROUPS_PER_STEP = 24;
    /** samples-per-group. */
    public static final int SAMPLES_PER_GROUP = 8;
    /** in-flight: a sample keeps the policy that it began with. */
    public static final boolean IN_FLIGHT = false;
    /** max-staleness: on-policy. */
    public static final int MAX_STALENESS = 0;
    /** micro-batch-tokens: the trainer decides. */
    public static final int MICRO_BATCH_TOKENS = 0;
    /** group-deadline: the trainer decides. */
    public static final Duration GROUP_DEADLINE = Duration.ZERO;
    /** deterministic. */
    public static final boolean DETERMINISTIC = false;
    /** seed of the run, of a generator and of an evaluation. */
    public static final long SEED = 0;
    /** evaluation.problems: all. */
    public static final int EVALUATION_PROBLEMS = 0;

    private RunDefaults() {}
}
