package dev.thirteen.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Precision;
import java.nio.file.Path;
import java.util.List;

/**
 * What a peer is told, as JSON on its command line.
 *
 * @param device "cpu" or "cuda"
 * @param dtype of weights and activations, as torch calls it
 * @param batch sequences that it computes at once
 * @param requests tokens of prompt and answer
 */
record PeerSetting(
        String model, String device, String dtype, int threads, int vocabulary, int batch, List<Requests> requests) {
    /** In bf16. */
    static PeerSetting of(Place place, Shapes shape, String device, int batch, List<Requests> requests) {
        Path folder = place.model(shape);
        return new PeerSetting(
                folder.toString(), device, dtype(Precision.BF16), place.threads(), shape.vocabulary(), batch, requests);
    }

    /** The same in what a model of ours computes in. */
    PeerSetting as(BaseModel ours) {
        return new PeerSetting(model, device, dtype(ours.precision()), threads, vocabulary, batch, requests);
    }

    private static String dtype(Precision precision) {
        return precision == Precision.BF16 ? "bfloat16" : "float32";
    }

    String json() {
        try {
            return new ObjectMapper().writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts is JSON", e);
        }
    }
}
