package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.StoredTensor;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.kit.CacheSettings;
import dev.thirteen.kit.Caller;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.ExportAdapterRequest;
import dev.thirteen.proto.policy.v1.ExportAdapterResponse;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.ImportAdapterRequest;
import dev.thirteen.proto.policy.v1.ListAdaptersRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.WatchAdaptersRequest;
import dev.thirteen.proto.policy.v1.WatchAdaptersResponse;
import dev.thirteen.proto.training.v1.RunSpec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imported adapter folders, on a real broker and by the engine. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class AdapterImportTest {
    @Inject
    KafkaClients clients;

    @Inject
    TrainerLoop loop;

    @Inject
    CacheSettings cache;

    @TempDir
    Path folder;

    private Client client;

    @BeforeEach
    void connect() {
        Peers.await(loop::ready);
        client = new Client(ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void anImportedFolderIsStepOneOfItsName() throws Exception {
        Iterator<WatchAdaptersResponse> watched =
                client.adapters().watchAdapters(WatchAdaptersRequest.getDefaultInstance());

        NamedAdapter adapter = taken("small", Goldens.tinyLora());

        assertThat(adapter.getFamily()).isEqualTo("TinyLoRA");
        assertThat(adapter.getTrainedNumbers()).isEqualTo(13);
        assertThat(adapter.getDegreesOfFreedom()).isEqualTo(13);
        assertThat(adapter.getValueBytes()).isEqualTo(52);
        assertThat(adapter.getBaseModel().getDigest()).startsWith("sha256:");
        assertThat(AdapterWire.read(adapter.getAdapter()).values()).hasSize(13);
        assertThat(client.adapter("small", 1)).isEqualTo(adapter);
        assertThat(client.adapters()
                        .getAdapter(
                                GetAdapterRequest.newBuilder().setRun("small").build())
                        .getAdapter())
                .isEqualTo(adapter);
        assertThat(listed("")).contains(adapter);
        assertThat(listed("small")).containsExactly(adapter);
        Peers.await(() -> watched.next().getAdapter().equals(adapter));
        refused(() -> client.adapter("small", 0), Status.Code.NOT_FOUND, "has step 1 alone, not 0");
        refused(() -> client.adapter("small", 2), Status.Code.NOT_FOUND, "has step 1 alone, not 2");
        refused(() -> client.adapter("smaller", 1), Status.Code.NOT_FOUND, "no imported adapter named 'smaller'");
    }

    @Test
    void longValuesAreABlob() throws Exception {
        NamedAdapter adapter = taken("large", Goldens.lora(1));

        assertThat(adapter.getFamily()).isEqualTo("LoRA");
        assertThat(adapter.getValueBytes()).isGreaterThan(AdapterWire.MAX_INLINE_BYTES);
        assertThat(adapter.getAdapter().getValues()).isEmpty();
        assertThat(AdapterWire.read(adapter.getAdapter(), client::get).values())
                .hasSize((int) adapter.getTrainedNumbers());
    }

    @Test
    void whatWasImportedIsExportedBitForBit() throws Exception {
        Goldens.Folder tiny = Goldens.tinyLora();
        Goldens.Folder lora = Goldens.lora(2);
        taken("tiny-out", tiny);
        taken("lora-out", lora);

        for (AdapterFormat format :
                List.of(AdapterFormat.ADAPTER_FORMAT_UNSPECIFIED, AdapterFormat.ADAPTER_FORMAT_PEFT)) {
            assertSame(tiny, exported("tiny-out", format));
            assertSame(lora, exported("lora-out", format));
        }
    }

    @Test
    void anExportMayBePlainLoraOrAWholeCheckpoint() throws Exception {
        taken("forms", Goldens.tinyLora());

        Map<String, byte[]> lora = exported("forms", AdapterFormat.ADAPTER_FORMAT_LORA);
        Map<String, byte[]> merged = exported("forms", AdapterFormat.ADAPTER_FORMAT_MERGED);

        assertThat(text(lora, "adapter_config.json")).contains("\"peft_type\" : \"LORA\"", "\"r\" : 8");
        assertThat(merged).containsKeys("config.json", "tokenizer.json", "model.safetensors");
        Path base = Goldens.MODELS.resolve(Goldens.BASE).resolve("model.safetensors");
        Map<String, float[]> before = tensors(Files.readAllBytes(base));
        Map<String, float[]> after = tensors(merged.get("model.safetensors"));
        assertThat(after.keySet()).isEqualTo(before.keySet());
        assertThat(after.get("model.norm.weight")).isEqualTo(before.get("model.norm.weight"));
        assertThat(after.get("model.layers.0.mlp.up_proj.weight"))
                .isNotEqualTo(before.get("model.layers.0.mlp.up_proj.weight"));
        try (var left = Files.list(Path.of(cache.folder()))) {
            assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("export-"));
        }
    }

    @Test
    void biasesGoIntoAWholeCheckpointAlone() throws Exception {
        NamedAdapter adapter = taken("biases", Goldens.bitFit());

        assertThat(adapter.getFamily()).isEqualTo("BitFit");
        assertThat(adapter.getTrainedNumbers()).isEqualTo(Goldens.LAYERS * Goldens.WIDTH);
        refused(
                () -> exported("biases", AdapterFormat.ADAPTER_FORMAT_LORA),
                Status.Code.INVALID_ARGUMENT,
                "export a merged checkpoint");
        Map<String, byte[]> merged = exported("biases", AdapterFormat.ADAPTER_FORMAT_MERGED);
        Path base = Goldens.MODELS.resolve(Goldens.BASE).resolve("model.safetensors");
        String bias = "model.layers.2.self_attn.q_proj.bias";
        float[] before = tensors(Files.readAllBytes(base)).get(bias);
        float[] after = tensors(merged.get("model.safetensors")).get(bias);
        assertThat(after[63] - before[63]).isCloseTo(1, within(1e-2f));
    }

    @Test
    void aRestartFindsWhatWasImported() throws Exception {
        NamedAdapter small = taken("kept-small", Goldens.tinyLora());
        NamedAdapter large = taken("kept-large", Goldens.lora(3));

        RunIndex index = Fixtures.index();
        Blobs blobs = new Blobs(clients, folder::toString);
        Replay.read(clients, blobs, index);

        assertThat(index.imported("kept-small")).contains(small);
        assertThat(index.imported("kept-large")).contains(large);
        assertThat(blobs.contains(small.getAdapter().getBasisDigest())).isTrue();
        assertThat(blobs.contains(large.getAdapter().getValuesDigest())).isTrue();
        assertThat(new AdapterNames(index).latest(Caller.ANYBODY)).contains(small, large);
    }

    @Test
    void aNameIsTakenOnceByRunsAndImportsTogether() throws Exception {
        String data = client.put(Digests.sha256(Fixtures.PROBLEM_FILE), Fixtures.PROBLEM_FILE)
                .getDigest();
        NamedAdapter first = taken("once", Goldens.tinyLora());
        RunSpec.Builder run = Fixtures.spec("a-run", data);
        client.create(run);

        assertThat(taken("once", Goldens.tinyLora())).isEqualTo(first);
        refused(() -> taken("once", Goldens.lora(4)), Status.Code.ALREADY_EXISTS, "its content differs");
        refused(() -> taken("a-run", Goldens.tinyLora()), Status.Code.ALREADY_EXISTS, "a run named 'a-run'");
        refused(
                () -> client.create(run.setName("once")),
                Status.Code.ALREADY_EXISTS,
                "an imported adapter is named 'once'");
        client.cancel("a-run");
    }

    @Test
    void aFolderThatDoesNotFitIsRefusedByItsFile() throws Exception {
        Goldens.Folder tiny = Goldens.tinyLora();
        // Untied, every module has a v of its own; the file has one.
        String untied = tiny.config().replaceFirst("\"weight_tying\": [0-9.]+", "\"weight_tying\": 0.0");
        refused(
                () -> taken("no-v", new Goldens.Folder(untied, tiny.tensors())),
                Status.Code.INVALID_ARGUMENT,
                "adapter_model.safetensors lacks tensor base_model.tinylora_v.1");
        refused(
                () -> taken("no-json", new Goldens.Folder("{", tiny.tensors())),
                Status.Code.INVALID_ARGUMENT,
                "adapter_config.json is no JSON");
        refused(
                () -> taken("no-file", new Goldens.Folder(tiny.config(), new byte[20])),
                Status.Code.INVALID_ARGUMENT,
                "adapter_model.safetensors is no safetensors file");
        refused(() -> client.adapter("no-v", 1), Status.Code.NOT_FOUND, "'no-v'");
        refused(
                () -> client.adapters()
                        .importAdapter(
                                ImportAdapterRequest.newBuilder().setName("Bad").build()),
                Status.Code.INVALID_ARGUMENT,
                "name: must be lower-case letters, digits and inner hyphens, 1 to 63 characters;"
                        + " base-model.folder: must name a folder;"
                        + " config: must hold the text of adapter_config.json;"
                        + " tensors-digest: there is no such file: put it first (PutBlob)");
    }

    private NamedAdapter taken(String name, Goldens.Folder imported) throws Exception {
        String digest = Digests.sha256(imported.tensors());
        client.put(digest, imported.tensors());
        return client.adapters()
                .importAdapter(ImportAdapterRequest.newBuilder()
                        .setName(name)
                        .setBaseModel(BaseModel.newBuilder().setFolder(Goldens.BASE))
                        .setConfig(imported.config())
                        .setTensorsDigest(digest)
                        .build())
                .getAdapter();
    }

    private List<NamedAdapter> listed(String name) {
        return client.adapters()
                .listAdapters(ListAdaptersRequest.newBuilder().setRun(name).build())
                .getAdaptersList();
    }

    private Map<String, byte[]> exported(String name, AdapterFormat format) {
        Map<String, ByteArrayOutputStream> files = new TreeMap<>();
        long total = 0;
        Iterator<ExportAdapterResponse> pieces = client.adapters()
                .exportAdapter(ExportAdapterRequest.newBuilder()
                        .setRun(name)
                        .setFormat(format)
                        .build());
        while (pieces.hasNext()) {
            ExportAdapterResponse piece = pieces.next();
            total = piece.getTotalBytes();
            files.computeIfAbsent(piece.getPath(), _ -> new ByteArrayOutputStream())
                    .writeBytes(piece.getContent().toByteArray());
        }
        Map<String, byte[]> whole = new TreeMap<>();
        files.forEach((path, content) -> whole.put(path, content.toByteArray()));
        assertThat(whole.values().stream().mapToLong(content -> content.length).sum())
                .isEqualTo(total);
        return whole;
    }

    private void assertSame(Goldens.Folder imported, Map<String, byte[]> exported) throws Exception {
        assertThat(text(exported, "adapter_config.json")).isEqualTo(imported.config());
        assertThat(tensors(exported.get("adapter_model.safetensors")))
                .usingRecursiveComparison()
                .isEqualTo(tensors(imported.tensors()));
    }

    private Map<String, float[]> tensors(byte[] content) throws Exception {
        Path file = Files.write(folder.resolve("tensors"), content);
        Map<String, float[]> tensors = new TreeMap<>();
        try (Safetensors opened = Safetensors.open(file)) {
            for (StoredTensor tensor : opened.tensors()) tensors.put(tensor.name(), tensor.floats());
        }
        return tensors;
    }

    private static String text(Map<String, byte[]> files, String name) {
        return new String(files.get(name), StandardCharsets.UTF_8);
    }

    private static void refused(ThrowingCallable call, Status.Code code, String text) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, thrown -> {
            assertThat(thrown.getStatus().getCode()).isEqualTo(code);
            assertThat(thrown.getStatus().getDescription()).contains(text);
        });
    }
}
