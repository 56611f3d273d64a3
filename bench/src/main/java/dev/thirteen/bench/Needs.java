package dev.thirteen.bench;

import java.util.List;
import java.util.Optional;

/** What the peers of a measure are made of, by the names under which Python imports it. */
enum Needs {
    /** Its peers are ours, or figures. */
    NOTHING(List.of()),
    HUGGING_FACE(List.of("torch", "transformers", "peft")),
    MATH_VERIFY(List.of("math_verify"));

    private final List<String> modules;

    Needs(List<String> modules) {
        this.modules = modules;
    }

    /** Why an interpreter cannot run such peers; empty where it can. */
    Optional<String> missing(String python) {
        List<String> absent = modules.stream()
                .filter(module -> Shell.output(python, "-c", "import " + module + "; print(1)")
                        .isEmpty())
                .toList();
        if (absent.isEmpty()) return Optional.empty();
        return Optional.of(
                "without its peers: %s cannot import %s; .thirteen/bench/venv.log says why they were not installed"
                        .formatted(python, String.join(", ", absent)));
    }
}
