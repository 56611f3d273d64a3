package dev.thirteen.cli;

import com.google.protobuf.MessageOrBuilder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a command works with: the options of all commands, where it writes, and the services. */
final class Session {
    private final GlobalOptions options;
    private final Output output;
    private final Map<String, String> environment;

    Session(GlobalOptions options, Output output, Map<String, String> environment) {
        this.options = options;
        this.output = output;
        this.environment = environment;
    }

    GlobalOptions options() {
        return options;
    }

    Output output() {
        return output;
    }

    /** The folder of the project, where benchmarks and prompts lie. */
    Path home() {
        return Path.of(environment.getOrDefault("THIRTEEN_HOME", ""));
    }

    /** Where data lies that the project does not ship; empty when nobody said. */
    Optional<Path> dataFolder() {
        return Optional.ofNullable(environment.get("THIRTEEN_DATA")).map(Path::of);
    }

    boolean json() {
        return options.json();
    }

    /** Prints one result: as JSON where asked for, else as the text, which ends with its own newline. */
    void print(MessageOrBuilder message, Supplier<String> text) {
        if (json()) {
            output.json(message);
        } else {
            output.text(text.get());
        }
    }

    /** Watches what a command waits for, and those services that it needs and does not talk to itself. */
    Watch watch(Services services, Endpoints.Service... others) {
        Map<String, Endpoints.Service> names = new LinkedHashMap<>();
        for (Endpoints.Service service : others) {
            services.name(service).ifPresent(name -> names.put(name, service));
        }
        String logs = options.endpoints(environment)
                .logs()
                .map(folder -> "; logs are in " + folder)
                .orElse("");
        var asked = new Watch.Asked(
                List.copyOf(names.keySet()), name -> services.answers(Objects.requireNonNull(names.get(name))), logs);
        return new Watch(output, asked, System::nanoTime).start();
    }

    /** Runs a command's calls and closes their channels. */
    <T> T with(Function<Services, T> calls) {
        try (Services services = new Services(options.endpoints(environment), Security.of(environment))) {
            return calls.apply(services);
        }
    }
}
