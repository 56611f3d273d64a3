package dev.thirteen.cli.tinymodel;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.cli.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The model's Hugging Face folder while it is made: a hidden neighbour of the final one, which it replaces at the end, so
 * that nobody ever sees half a model.
 */
final class ModelFolder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path target;
    private final Path work;

    private ModelFolder(Path target, Path work) {
        this.target = target;
        this.work = work;
    }

    /** Begins a folder with the configuration of the untrained model. */
    static ModelFolder begin(Path target, Shape shape) throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        Path work = absolute.resolveSibling("." + absolute.getFileName() + ".new");
        Folders.delete(work);
        Files.createDirectories(work);
        ModelFolder folder = new ModelFolder(absolute, work);
        folder.write("config.json", config(shape));
        folder.write("generation_config.json", specialIds(JSON.createObjectNode()));
        folder.write("tokenizer.json", tokenizer());
        folder.write("tokenizer_config.json", tokenizerConfig());
        return folder;
    }

    /** Where the files are until {@link #publish}. */
    Path path() {
        return work;
    }

    void write(String name, byte[] bytes) throws IOException {
        Files.write(work.resolve(name), bytes);
    }

    private void write(String name, ObjectNode json) throws IOException {
        Files.writeString(
                work.resolve(name), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    /** Puts the folder where it belongs, in place of what is there. */
    void publish() throws IOException {
        Path old = target.resolveSibling("." + target.getFileName() + ".old");
        Folders.delete(old);
        if (Files.exists(target)) Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
        Files.move(work, target, StandardCopyOption.ATOMIC_MOVE);
        Folders.delete(old);
    }

    private static ObjectNode config(Shape shape) {
        ObjectNode config = JSON.createObjectNode();
        config.putArray("architectures").add(shape.architecture().title() + "ForCausalLM");
        config.put("model_type", shape.architecture().name());
        config.put("vocab_size", Characters.COUNT);
        config.put("hidden_size", shape.hidden());
        config.put("intermediate_size", shape.intermediate());
        config.put("num_hidden_layers", shape.layers());
        config.put("num_attention_heads", Shape.HEADS);
        config.put("num_key_value_heads", Shape.KEY_VALUE_HEADS);
        config.put("hidden_act", "silu");
        config.put("max_position_embeddings", 256);
        config.put("rms_norm_eps", 1e-6);
        config.put("rope_theta", 10_000.0);
        config.put("tie_word_embeddings", true);
        if (shape.architecture() == Shape.Architecture.qwen2) config.put("use_sliding_window", false);
        config.put("torch_dtype", "bfloat16");
        return specialIds(config);
    }

    private static ObjectNode specialIds(ObjectNode json) {
        json.put("pad_token_id", Characters.PAD);
        json.put("bos_token_id", Characters.BOS);
        return json.put("eos_token_id", Characters.EOS);
    }

    /** Byte-level pairs without a merge: the form that transformers expects of a Qwen2 model, with characters as tokens. */
    private static ObjectNode tokenizer() {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        ObjectNode model = JSON.createObjectNode().put("type", "BPE");
        ObjectNode vocabulary = model.putObject("vocab");
        List<String> special = List.of("<pad>", "<bos>", "<eos>");
        for (String token : special) {
            added.addObject()
                    .put("id", vocabulary.size())
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
            vocabulary.put(token, vocabulary.size());
        }
        // Byte-level vocabularies write space and line feed as these two letters.
        for (char character : Characters.ALL.toCharArray()) {
            String token = String.valueOf(character).replace(' ', 'Ġ').replace('\n', 'Ċ');
            vocabulary.put(token, vocabulary.size());
        }
        model.putArray("merges");
        json.putNull("normalizer");
        json.set("pre_tokenizer", byteLevel());
        json.set("post_processor", firstToken());
        json.set("decoder", byteLevel());
        json.set("model", model);
        return json;
    }

    private static ObjectNode byteLevel() {
        return JSON.createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", false)
                .put("use_regex", false);
    }

    /** The template "<bos> A", and "<bos> A B" for a pair of texts. */
    private static ObjectNode firstToken() {
        ObjectNode json = JSON.createObjectNode().put("type", "TemplateProcessing");
        for (String form : List.of("single", "pair")) {
            ArrayNode parts = json.putArray(form);
            parts.addObject().putObject("SpecialToken").put("id", "<bos>").put("type_id", 0);
            parts.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
            if (form.equals("pair"))
                parts.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
        }
        ObjectNode bos = json.putObject("special_tokens").putObject("<bos>").put("id", "<bos>");
        bos.putArray("ids").add(Characters.BOS);
        bos.putArray("tokens").add("<bos>");
        return json;
    }

    private static ObjectNode tokenizerConfig() {
        return JSON.createObjectNode()
                .put("tokenizer_class", "Qwen2Tokenizer")
                .put("add_bos_token", true)
                .put("add_prefix_space", false)
                .put("pad_token", "<pad>")
                .put("bos_token", "<bos>")
                .put("eos_token", "<eos>")
                .putNull("unk_token")
                .put("model_max_length", 256)
                .put("clean_up_tokenization_spaces", false);
    }
}
