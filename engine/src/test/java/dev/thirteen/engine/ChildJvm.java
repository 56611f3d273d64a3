package dev.thirteen.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A test's own program in a process of its own. */
final class ChildJvm {
    private ChildJvm() {}

    /** A main class of the tests, not started yet. */
    static ProcessBuilder of(Class<?> main, String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return new ProcessBuilder(command);
    }
}
