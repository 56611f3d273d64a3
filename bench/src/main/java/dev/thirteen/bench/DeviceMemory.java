package dev.thirteen.bench;

/** The most memory of the GPU in use while it is watched, in whichever process: nothing else may run there. */
final class DeviceMemory implements AutoCloseable {
    private static final long PAUSE_MILLIS = 100;
    private static final double MEBIBYTES = 1024;

    private final Thread watcher = Thread.ofPlatform().daemon().unstarted(this::watchOn);
    private volatile double most;
    private volatile boolean ended;

    private DeviceMemory() {}

    static DeviceMemory watch() {
        DeviceMemory memory = new DeviceMemory();
        memory.watcher.start();
        return memory;
    }

    private void watchOn() {
        while (!ended) {
            most = Math.max(most, used());
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static double used() {
        return Machine.gpuMemory().map(used -> used / MEBIBYTES).orElse(0.0);
    }

    /** libtorch keeps what it has had, so that a look now finds a peak that lasted less than a pause. */
    double mostGibibytes() {
        return Math.max(most, used());
    }

    @Override
    public void close() {
        ended = true;
        watcher.interrupt();
    }
}
