package dev.thirteen.verifier.sandbox;

/**
 * What keeps a program from doing harm, as tried out.
 *
 * @param seccomp whether system calls are filtered: no process, no socket, no signal to others
 * @param landlock version of Landlock, which closes the file system; 0 where there is none
 * @param namespaces whether the program also has name spaces of its own, of users, network and shared memory
 */
public record Isolation(boolean seccomp, int landlock, boolean namespaces) {
    /** Whether it is enough for untrusted programs. */
    public boolean suffices() {
        return seccomp && landlock > 0;
    }

    /** For people. */
    public String grade() {
        if (!suffices()) return "none (seccomp %s, landlock %d)".formatted(seccomp, landlock);
        return "seccomp, landlock " + landlock + (namespaces ? ", namespaces" : "") + ", rlimits";
    }
}
