package dev.thirteen.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where measures run.
 *
 * @param home the repository
 * @param python interpreter with torch, transformers and PEFT
 * @param notes what a measure has to tell beside its figures
 */
record Place(Path home, String python, int threads, List<String> notes) {
    Place(Path home, String python) {
        this(home, python, Runtime.getRuntime().availableProcessors(), new ArrayList<>());
    }

    /** The random checkpoint of a shape, written on first use. */
    Path model(Shapes shape) {
        Path models = home.resolve(".thirteen/bench/models");
        return shape.folder(models, home.resolve("models/tiny-arithmetic/tokenizer.json"));
    }

    /** Starts a peer of bench/peers and waits until it is warm. */
    Peer peer(String script, PeerSetting setting) {
        return peer(script, setting.json());
    }

    /** Starts a peer that is told something else. */
    Peer peer(String script, String json) {
        Peer peer = Peer.start(
                List.of(python, home.resolve("bench/peers/" + script).toString(), json),
                home.resolve(".thirteen/bench/peer.log"));
        note(script + ": " + peer.about());
        return peer;
    }

    void note(String text) {
        Progress.say(text);
        notes.add(text);
    }
}
