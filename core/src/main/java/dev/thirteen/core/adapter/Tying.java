package dev.thirteen.core.adapter;

/** How modules share one trained vector v (arXiv 2602.04118, section 6.5). */
public enum Tying {
    /** One v for all modules: u numbers. */
    ALL,
    /** Modules of similar depth share, whatever their type: u·⌈n·m/n_tie⌉ numbers. */
    TILED,
    /** Nearby modules of one type share: u·m·⌈n/n_tie⌉ numbers. */
    STRUCTURED
}
