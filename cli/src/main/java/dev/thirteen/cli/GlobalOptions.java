package dev.thirteen.cli;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Options that every command takes. */
final class GlobalOptions {
    /** How results are printed; the constants are spelled as a person writes them. */
    enum Format {
        text,
        json
    }

    @Option(
            names = {"-o", "--output"},
            scope = ScopeType.INHERIT,
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text, or json: proto JSON, one object a line. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.text;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print the stack trace of a failure too.")
    private boolean verbose;

    @Option(
            names = "--endpoints",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "Says where the services are; make up writes it. Default: $THIRTEEN_ENDPOINTS, else"
                    + " .thirteen/endpoints.json"
                    + " below $THIRTEEN_HOME or the working directory.")
    private @Nullable Path endpoints;

    @Option(
            names = "--trainer",
            scope = ScopeType.INHERIT,
            paramLabel = "HOST:PORT",
            description = "Where trainer-service is, whatever FILE says.")
    private @Nullable String trainer;

    @Option(
            names = "--rollout",
            scope = ScopeType.INHERIT,
            paramLabel = "HOST:PORT",
            description = "Where rollout-service is, whatever FILE says.")
    private @Nullable String rollout;

    @Option(
            names = "--reward",
            scope = ScopeType.INHERIT,
            paramLabel = "HOST:PORT",
            description = "Where reward-service is, whatever FILE says.")
    private @Nullable String reward;

    @Option(
            names = "--eval",
            scope = ScopeType.INHERIT,
            paramLabel = "HOST:PORT",
            description = "Where eval-service is, whatever FILE says.")
    private @Nullable String eval;

    boolean json() {
        return format == Format.json;
    }

    boolean verbose() {
        return verbose;
    }

    Endpoints endpoints(Map<String, String> environment) {
        Map<Endpoints.Service, String> given = new EnumMap<>(Endpoints.Service.class);
        if (trainer != null) given.put(Endpoints.Service.TRAINER, trainer);
        if (rollout != null) given.put(Endpoints.Service.ROLLOUT, rollout);
        if (reward != null) given.put(Endpoints.Service.REWARD, reward);
        if (eval != null) given.put(Endpoints.Service.EVAL, eval);
        return new Endpoints(given, Optional.ofNullable(endpoints), environment);
    }
}
