package dev.thirteen.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** The command {@code thirteen}. */
@Command(
        name = "bin/thirteen",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Thirteen.Version.class,
        usageHelpAutoWidth = true,
        sortOptions = false,
        subcommands = {
            RunCommands.class,
            GenerateCommand.class,
            LogprobsCommand.class,
            ScoreCommand.class,
            VerifyCommand.class,
            AdapterCommands.class,
            EvalCommand.class,
            SweepCommand.class,
            InspectCommand.class,
            DataCommands.class,
            ReadyCommand.class,
            ReachCommand.class,
            FirstTokenCommand.class,
            FetchCommand.class,
            CheckSystemCommand.class,
            CheckGoldenCommand.class
        },
        description = "Post-trains language models by reinforcement learning, with adapters of a few numbers.")
public final class Thirteen {
    /** Of the whole program alone; an annotation would give it to every command. */
    private static final String[] FOOTER = {
        "",
        "Examples:",
        "  bin/thirteen run create -f examples/tiny-arithmetic.yaml --wait",
        "  bin/thirteen generate --adapter tiny-arithmetic@latest \"7*3-4+2?\"",
        "  bin/thirteen eval --adapter tiny-arithmetic@60 --problems 1024",
        "",
        "More about a command: bin/thirteen COMMAND --help",
        "Exit codes: 0 done, 1 failed, 2 invalid input, 3 not found, 4 no service answers (start: make up)."
    };

    private Thirteen() {}

    /** Runs one command and exits with its code. */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        Output output = new Output(
                writer(FileDescriptor.out),
                writer(FileDescriptor.err),
                System.console() != null && System.console().isTerminal());
        // What libraries tell of themselves is for nobody here; gRPC and the reader of Parquet files do.
        Logger.getLogger("").setLevel(Level.WARNING);
        AtomicBoolean done = new AtomicBoolean();
        // After Ctrl-C the shell's prompt gets a line of its own.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (done.get() || !output.terminal()) return;
            output.out().println();
            output.out().flush();
        }));
        int code = run(output, System.getenv(), arguments);
        done.set(true);
        System.exit(code);
    }

    /** Runs one command; never throws. */
    static int run(Output output, Map<String, String> environment, String... arguments) {
        GlobalOptions options = new GlobalOptions();
        Session session = new Session(options, output, environment);
        CommandLine line = new CommandLine(new Thirteen(), new Commands(session));
        line.addMixin("global", options);
        line.setOut(output.out()).setErr(output.err());
        line.setCaseInsensitiveEnumValuesAllowed(false);
        line.getCommandSpec().usageMessage().footer(FOOTER);
        line.setParameterExceptionHandler((wrong, _) -> refuse(wrong, output));
        line.setExecutionExceptionHandler((failed, _, _) -> {
            if (failed instanceof Output.ClosedException) return CallFailure.FAILED;
            output.out().flush();
            output.note("thirteen: " + CallFailure.sentence(failed));
            if (options.verbose()) failed.printStackTrace(output.err());
            output.err().flush();
            return CallFailure.exitCode(failed);
        });
        int code = line.execute(arguments);
        output.out().flush();
        output.err().flush();
        return code;
    }

    private static int refuse(CommandLine.ParameterException wrong, Output output) {
        CommandLine command = wrong.getCommandLine();
        String message = String.valueOf(wrong.getMessage()).replaceFirst("^Error: ", "");
        if (message.startsWith("Missing required subcommand")) {
            command.usage(output.err());
            return CallFailure.INVALID;
        }
        output.note("thirteen: " + message);
        output.note("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return CallFailure.INVALID;
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new FileOutputStream(descriptor), false, StandardCharsets.UTF_8);
    }

    /** Gives the session to each command that takes one. */
    private record Commands(Session session) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (Arrays.equals(constructor.getParameterTypes(), new Class<?>[] {Session.class})) {
                    return type.cast(constructor.newInstance(session));
                }
            }
            return CommandLine.defaultFactory().create(type);
        }
    }

    /** Version of the jar. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Thirteen.class.getPackage().getImplementationVersion();
            return new String[] {"thirteen " + (version == null ? "0.1.0-SNAPSHOT" : version)};
        }
    }
}
