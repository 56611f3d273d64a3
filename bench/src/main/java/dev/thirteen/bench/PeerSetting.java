package dev.thirteen.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;

/**
 * What a peer is told, as JSON on its command line.
 *
 * @param device "cpu" or "cuda"
 * @param batch sequences that it computes at once
 * @param requests tokens of prompt and answer
 */
record PeerSetting(String model, String device, int threads, int vocabulary, int batch, List<Requests> requests) {
    static PeerSetting of(Place place, Shapes shape, String device, int batch, List<Requests> requests) {
        Path folder = place.model(shape);
        return new PeerSetting(folder.toString(), device, place.threads(), shape.vocabulary(), batch, requests);
    }

    String json() {
        try {
            return new ObjectMapper().writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts is JSON", e);
        }
    }
}
