package dev.thirteen.reward;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.sandbox.Isolation;
import dev.thirteen.verifier.sandbox.PythonSandbox;
import dev.thirteen.verifier.sandbox.RemoteSandbox;
import dev.thirteen.verifier.sandbox.Sandbox;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** The sandbox of code rewards: what the settings ask for, or none, with the reason. */
class Sandboxes {
    private static final Logger LOG = Logger.getLogger(Sandboxes.class);

    /** Made at start, so that the log says what there is before anything is trained. */
    @Produces
    @Singleton
    @Startup
    Sandbox sandbox(RewardConfig config) {
        return switch (config.code()) {
            case OFF -> none("thirteen.reward.code is off");
            case REMOTE -> remote(config);
            case CONFINED, UNCONFINED -> local(config);
        };
    }

    private static Sandbox remote(RewardConfig config) {
        if (config.sandbox().isEmpty()) {
            throw new Failure(
                    Failure.Kind.CALLER, "thirteen.reward.code is remote, and thirteen.reward.sandbox is not set");
        }
        LOG.infof(
                "code rewards: programs run in the sandbox at %s, which says its grade",
                config.sandbox().get());
        return new RemoteSandbox(config.sandbox().get());
    }

    private static Sandbox local(RewardConfig config) {
        try {
            String python = PythonSandbox.interpreter(config.python().orElse(""));
            Isolation isolation = PythonSandbox.isolation(python);
            if (config.code() == RewardConfig.Code.UNCONFINED) {
                LOG.warn("code rewards: programs run without isolation, with the rights of this service");
                return new PythonSandbox(python, config.programs(), false);
            }
            if (!isolation.suffices()) return none("this platform cannot isolate programs: " + isolation.grade());
            LOG.infof("code rewards: programs run by %s under %s", python, isolation.grade());
            return new PythonSandbox(python, config.programs(), true);
        } catch (Failure e) {
            return none(String.valueOf(e.getMessage()));
        }
    }

    private static Sandbox none(String reason) {
        LOG.infof("code rewards: refused (%s)", reason);
        return Sandbox.none(reason);
    }
}
