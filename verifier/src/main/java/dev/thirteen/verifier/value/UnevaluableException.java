package dev.thirteen.verifier.value;

/** An expression that has no value here: an unknown construct, or a number out of all bounds. */
public final class UnevaluableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnevaluableException(String what) {
        super(what, null, false, false); // it is an answer, and its trace says nothing
    }
}
