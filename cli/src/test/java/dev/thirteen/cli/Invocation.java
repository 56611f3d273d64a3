package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;

/** One run of the command line, from its arguments to what it prints. */
record Invocation(int code, String out, String err) {
    static Invocation of(Path endpoints, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Output output = new Output(new PrintWriter(out), new PrintWriter(err), false);
        Map<String, String> environment = Map.of(
                "THIRTEEN_ENDPOINTS", endpoints.toString(), "THIRTEEN_HOME", System.getProperty("thirteen.home", ".."));
        int code = Thirteen.run(output, environment, arguments);
        assertThat(err.toString()).doesNotContain("\tat ");
        return new Invocation(code, out.toString(), err.toString());
    }
}
