package dev.thirteen.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The two files of an adapter folder, checked as far as that is cheap: the server looks into them.
 *
 * @param config text of adapter_config.json
 * @param base the base model that the config names; may be empty
 * @param tensors adapter_model.safetensors, mapped
 */
record AdapterFiles(String config, String base, ByteBuffer tensors) {
    static final String TENSORS = "adapter_model.safetensors";
    private static final String CONFIG = "adapter_config.json";

    /** @throws Failure CALLER saying which file is missing or no adapter's */
    static AdapterFiles read(Path folder) {
        if (!Files.isDirectory(folder)) throw wrong(folder + " is no folder");
        Path config = folder.resolve(CONFIG);
        Path tensors = folder.resolve(TENSORS);
        if (!Files.isRegularFile(config)) throw wrong(folder + " is no adapter folder: it has no " + CONFIG);
        if (!Files.isRegularFile(tensors)) {
            boolean pickle = Files.exists(folder.resolve("adapter_model.bin"));
            String advice = pickle ? "; it has adapter_model.bin, a pickle: save it as safetensors" : "";
            throw wrong(folder + " has no " + TENSORS + advice);
        }
        try {
            String text = Files.readString(config);
            return new AdapterFiles(text, base(config, text), map(tensors));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, folder + " cannot be read: " + e, e);
        }
    }

    private static String base(Path file, String text) {
        try {
            JsonNode config = new ObjectMapper().readTree(text);
            if (!config.path("peft_type").isTextual()) throw wrong(file + " names no peft_type");
            return config.path("base_model_name_or_path").asText("");
        } catch (JsonProcessingException e) {
            throw new Failure(Failure.Kind.CALLER, file + " is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static ByteBuffer map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            if (channel.size() < Long.BYTES) throw wrong(file + " is no safetensors file: it is too short");
            if (channel.size() > Integer.MAX_VALUE) throw wrong(file + " is larger than 2 GiB, which no server takes");
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        }
    }

    /** "sha256:" and 64 hex digits of the tensors. */
    String digest() {
        return Digests.sha256(tensors);
    }

    private static Failure wrong(String message) {
        return new Failure(Failure.Kind.CALLER, message);
    }
}
