package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.RunName;
import io.grpc.Context;

/**
 * Who calls, and for whom.
 *
 * @param name for messages
 * @param tenant whose runs and adapters it sees; empty for the one that has no name
 */
public record Caller(String name, Role role, String tenant) {
    /** Whoever reaches a port where callers are not told apart. */
    public static final Caller ANYBODY = new Caller("anybody", Role.ADMIN, "");

    private static final Context.Key<Caller> KEY = Context.key("thirteen-caller");

    /** What a caller may do; each role may do what those before it may. */
    public enum Role {
        /** Generate, score, read. */
        INFER,
        /** Make and steer runs, import adapters, evaluate. */
        TRAIN,
        /** Everything, of every tenant. */
        ADMIN;

        /** Whether this role is enough. */
        public boolean covers(Role needed) {
            return compareTo(needed) >= 0;
        }
    }

    /** Who makes the call that this thread serves. @throws Failure BUG where it serves none */
    public static Caller current() {
        Caller caller = KEY.get();
        if (caller == null) throw new Failure(Failure.Kind.BUG, "nobody calls: this runs outside of a call");
        return caller;
    }

    /** The context of a call of this caller. */
    public Context in(Context context) {
        return context.withValue(KEY, this);
    }

    /** The same caller with no more than what a tenant sees and may use: the system, when it works for one. */
    public Caller actingFor(String other) {
        return new Caller(name, Role.INFER, other);
    }

    /** Whether it works for the whole system and not for a tenant of it. */
    public boolean admin() {
        return role == Role.ADMIN;
    }

    /** Whether it sees what a tenant has. */
    public boolean seesTenant(String other) {
        return admin() || tenant.equals(other);
    }

    /** Whether it sees the run, or imported adapter, of a name. */
    public boolean sees(String run) {
        return seesTenant(RunName.tenant(run));
    }

    /** What is wrong with the name of something that it wants to make; empty when nothing is. */
    public String problem(String run) {
        if (sees(run)) return "";
        return tenant.isEmpty()
                ? "must have no dot: '" + name + "' belongs to no tenant"
                : "must begin with '" + tenant + ".', the tenant of '" + name + "'";
    }
}
