package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Channel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ServicesTest {
    private static final int THREADS = 8;
    /** One round alone may miss two threads that meet. */
    private static final int ROUNDS = 50;

    @Test
    void threadsThatAskAtOnceShareOneChannel() throws Exception {
        // Nothing listens there: a channel connects at its first call.
        Endpoints endpoints =
                new Endpoints(Map.of(Endpoints.Service.ROLLOUT, "127.0.0.1:1"), Optional.empty(), Map.of());
        for (int round = 0; round < ROUNDS; round++) {
            try (Services services = new Services(endpoints, Security.of(Map.of()))) {
                assertThat(channels(services)).hasSize(1);
            }
        }
    }

    private static Set<Channel> channels(Services services) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Future<Channel>> asked = new ArrayList<>();
        Set<Channel> channels = new HashSet<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < THREADS; i++) {
                asked.add(threads.submit(() -> {
                    start.await();
                    return services.channel(Endpoints.Service.ROLLOUT);
                }));
            }
            for (Future<Channel> one : asked) channels.add(one.get());
        }
        return channels;
    }
}
