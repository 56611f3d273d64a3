package dev.thirteen.rollout;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Caller;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.policy.v1.WatchAdaptersRequest;
import dev.thirteen.proto.policy.v1.WatchAdaptersResponse;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Adapters by name. Follows the trainer's stream of new versions, and asks for those it does not hold; while the stream is
 * down the latest version is asked for each time, so that "latest" is never an old one by our fault.
 */
@Singleton
class AdapterDirectory implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(AdapterDirectory.class);
    private static final Pattern NAME = Pattern.compile("([a-z0-9][a-z0-9.-]{0,126})@(latest|[0-9]{1,18})");
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /** A few hundred bytes each. */
    private static final int MAX_VERSIONS = 4096;

    private final Channel trainer;
    private final Map<String, NamedAdapter> latest = new ConcurrentHashMap<>();
    private final Map<PolicyVersion, NamedAdapter> versions = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PolicyVersion, NamedAdapter> eldest) {
            return size() > MAX_VERSIONS;
        }
    };
    private final List<Consumer<NamedAdapter>> listeners = new CopyOnWriteArrayList<>();
    private final Context.CancellableContext following = Context.ROOT.withCancellation();
    private volatile @Nullable Thread follower;
    private volatile boolean live;

    AdapterDirectory(EndpointSettings endpoints, Channels channels) {
        this.trainer = channels.to(endpoints.trainer());
    }

    /** Calls with every new version, on the thread that follows the trainer: must not block for long. */
    void listen(Consumer<NamedAdapter> listener) {
        listeners.add(listener);
    }

    /** The latest version of a run, as far as it was streamed. */
    Optional<NamedAdapter> latest(String run) {
        return Optional.ofNullable(knownLatest(run));
    }

    /** Starts to follow the trainer. */
    void start() {
        follower = Thread.ofVirtual().name("adapters").start(following.wrap(this::followForEver));
    }

    /**
     * The adapter of a name: "run@step" or "run@latest".
     *
     * @throws Failure CALLER for another form, NOT_FOUND for an unknown run or step and for one of another tenant, OUTSIDE
     *     when the trainer cannot be asked
     */
    NamedAdapter named(Caller caller, String name) {
        Matcher parts = NAME.matcher(name);
        if (!parts.matches()) {
            throw new Failure(
                    Failure.Kind.CALLER, "an adapter is named run@step or run@latest, this is \"" + name + "\"");
        }
        String run = parts.group(1);
        if (!caller.sees(run)) throw unknown(run, parts.group(2));
        NamedAdapter known = "latest".equals(parts.group(2)) ? knownLatest(run) : known(run, parts.group(2));
        return known == null ? ask(run, parts.group(2)) : known;
    }

    /** The latest version of every run, by name of the run; empty while the trainer cannot be followed. */
    List<NamedAdapter> latest() {
        return latest.values().stream()
                .sorted(Comparator.comparing(
                        adapter -> adapter.getPolicyVersion().getRun()))
                .toList();
    }

    /** In the words of the trainer about a run that there is not. */
    private static Failure unknown(String run, String step) {
        return new Failure(
                        Failure.Kind.NOT_FOUND,
                        "adapter %s@%s of trainer-service: there is no run and no imported adapter named '%s'"
                                .formatted(run, step, run))
                .because(Failure.Reason.RUN_UNKNOWN);
    }

    private @Nullable NamedAdapter knownLatest(String run) {
        return live ? latest.get(run) : null;
    }

    private @Nullable NamedAdapter known(String run, String step) {
        synchronized (versions) {
            return versions.get(PolicyVersion.newBuilder()
                    .setRun(run)
                    .setStep(Long.parseLong(step))
                    .build());
        }
    }

    private NamedAdapter ask(String run, String step) {
        GetAdapterRequest.Builder request = GetAdapterRequest.newBuilder().setRun(run);
        if (!"latest".equals(step)) request.setStep(Long.parseLong(step));
        try {
            NamedAdapter answer = AdapterServiceGrpc.newBlockingStub(trainer)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .getAdapter(request.build())
                    .getAdapter();
            keep(answer);
            return answer;
        } catch (StatusRuntimeException e) {
            throw FailureStatus.toFailure("adapter " + run + "@" + step + " of trainer-service", e);
        }
    }

    private void keep(NamedAdapter adapter) {
        synchronized (versions) {
            versions.put(adapter.getPolicyVersion(), adapter);
        }
    }

    private void followForEver() {
        Duration pause = FIRST_PAUSE;
        while (!following.isCancelled()) {
            try {
                if (follow()) pause = FIRST_PAUSE;
                TimeUnit.NANOSECONDS.sleep(pause.toNanos());
            } catch (InterruptedException e) {
                return;
            }
            Duration doubled = pause.multipliedBy(2);
            pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        }
    }

    /** Follows one stream to its end; true when it gave anything. */
    private boolean follow() {
        boolean gave = false;
        try {
            Iterator<WatchAdaptersResponse> news = AdapterServiceGrpc.newBlockingStub(trainer)
                    .watchAdapters(WatchAdaptersRequest.getDefaultInstance());
            while (news.hasNext()) {
                NamedAdapter adapter = news.next().getAdapter();
                keep(adapter);
                latest.put(adapter.getPolicyVersion().getRun(), adapter);
                live = true;
                gave = true;
                listeners.forEach(listener -> listener.accept(adapter));
            }
        } catch (StatusRuntimeException e) {
            if (!following.isCancelled()) LOG.debugf("the stream of adapters ended: %s", e.getStatus());
        } finally {
            live = false;
            latest.clear();
        }
        return gave;
    }

    @Override
    public void close() {
        following.cancel(null);
        Thread thread = follower;
        if (thread != null) thread.interrupt();
    }
}
