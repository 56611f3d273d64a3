package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.Valid;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Min;
import java.util.Map;

/**
 * How much a tenant may use. Each pod counts for itself what it is asked, so that twice the pods give twice the room. Callers
 * with the role admin, the services among them, are not counted, and where callers are not told apart nobody is.
 */
@ConfigMapping(prefix = "thirteen.quotas")
public interface QuotaSettings {
    /** Of a tenant that is not named. */
    @Valid
    Quota others();

    /** Of tenants by name; one that is named here has nothing of the others. */
    Map<String, @Valid Quota> tenants();

    /** What one tenant may use; 0 for as much as it likes. */
    interface Quota {
        /** Calls a minute that a pod takes; they are saved up for a minute. */
        @WithDefault("0")
        @Min(0)
        long requestsPerMinute();

        /** Tokens a minute of prompts and answers in a rollout pod's calls; they are saved up for a minute. */
        @WithDefault("0")
        @Min(0)
        long tokensPerMinute();

        /** Part of a rollout pod's queue of calls that it may fill, and of the bodies of the OpenAI dialect that a pod holds. */
        @WithDefault("1")
        @DecimalMin("0.001")
        @DecimalMax("1")
        double queueShare();

        /** Groups that its live runs may have in flight together, a step's and those of steps begun ahead of it. */
        @WithDefault("0")
        @Min(0)
        long groupsInFlight();
    }
}
