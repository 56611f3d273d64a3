package dev.thirteen.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/** The tokens that end a text, in the order in which a folder's files name them. */
final class StopTokens {
    private final SequencedSet<Integer> ids = new LinkedHashSet<>();

    /** Those that generation_config.json and config.json name. */
    static StopTokens of(Path folder) {
        StopTokens stops = new StopTokens();
        for (String name : List.of("generation_config.json", "config.json")) {
            JsonNode eos = ModelFiles.jsonIfPresent(folder.resolve(name)).path("eos_token_id");
            if (eos.isInt()) stops.add(eos.intValue());
            eos.forEach(id -> stops.add(id.intValue()));
        }
        return stops;
    }

    void add(int id) {
        ids.add(id);
    }

    boolean has(int id) {
        return ids.contains(id);
    }

    /** @throws Failure CALLER when there is none */
    int first() {
        if (ids.isEmpty()) throw new Failure(Failure.Kind.CALLER, "the model names no token that ends a text");
        return ids.getFirst();
    }
}
