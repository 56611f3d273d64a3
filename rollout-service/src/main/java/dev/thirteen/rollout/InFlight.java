package dev.thirteen.rollout;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Policy;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/** Groups of asynchronous runs that go on under the newest adapter of their run while they are decoded. */
@Singleton
class InFlight {
    private static final Logger LOG = Logger.getLogger(InFlight.class);

    private final Policies policies;
    private final AdapterDirectory directory;
    private final Map<String, Set<Follower>> followers = new ConcurrentHashMap<>();

    InFlight(Policies policies, AdapterDirectory directory) {
        this.policies = policies;
        this.directory = directory;
        directory.listen(this::news);
    }

    /** A group that follows its run until it is closed. */
    final class Follower implements AutoCloseable {
        private final String run;
        private final BaseModel base;
        private final DecodeLoop.Ticket ticket;
        private long policyStep;

        private Follower(RolloutRequest request, BaseModel base, DecodeLoop.Ticket ticket) {
            this.run = request.getId().getRun();
            this.base = base;
            this.ticket = ticket;
            this.policyStep = request.getPolicyVersion().getStep();
        }

        /** A version that is not newer than the one it has changes nothing. */
        private synchronized void follow(NamedAdapter adapter) {
            long step = adapter.getPolicyVersion().getStep();
            if (step <= policyStep) return;
            try {
                Policy policy = policies.policy(base, adapter.getAdapter()).policy();
                ticket.follow(policy, step);
                policyStep = step;
            } catch (Failure e) {
                // The group goes on as it is: its tokens say under which policy they were drawn.
                LOG.warnf("run '%s' is not followed to step %d: %s", run, step, e.getMessage());
            }
        }

        @Override
        public void close() {
            followers.computeIfPresent(run, (_, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            });
        }
    }

    /** Follows, if the request asks for it; to be closed when the group is done. */
    Follower follow(RolloutRequest request, BaseModel base, DecodeLoop.Ticket ticket) {
        Follower follower = new Follower(request, base, ticket);
        if (!request.getInFlight()) return follower;
        followers.compute(follower.run, (_, all) -> {
            Set<Follower> known = all == null ? ConcurrentHashMap.newKeySet() : all;
            known.add(follower);
            return known;
        });
        // What came between the request and now was told to others.
        directory.latest(follower.run).ifPresent(follower::follow);
        return follower;
    }

    private void news(NamedAdapter adapter) {
        Collection<Follower> told =
                followers.getOrDefault(adapter.getPolicyVersion().getRun(), Set.of());
        List.copyOf(told).forEach(follower -> follower.follow(adapter));
    }
}
