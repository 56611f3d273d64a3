package dev.thirteen.core.adapter;

/** The seven linear modules of a decoder layer, in the order in which Hugging Face models name them. */
public enum ModuleType {
    Q("self_attn.q_proj"),
    K("self_attn.k_proj"),
    V("self_attn.v_proj"),
    O("self_attn.o_proj"),
    GATE("mlp.gate_proj"),
    UP("mlp.up_proj"),
    DOWN("mlp.down_proj");

    private final String path;

    ModuleType(String path) {
        this.path = path;
    }

    /** Path inside a layer, for example {@code self_attn.q_proj}. */
    public String path() {
        return path;
    }
}
