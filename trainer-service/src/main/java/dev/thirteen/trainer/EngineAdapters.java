package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.AdapterExport;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.MergedCheckpoint;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.engine.Policy;
import dev.thirteen.kit.AdapterByValue;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Adapters between folders and blobs, by the engine. */
final class EngineAdapters {
    private final ModelStore store;
    private final Blobs blobs;

    EngineAdapters(ModelStore store, Blobs blobs) {
        this.store = store;
        this.blobs = blobs;
    }

    /** As {@link Models#read}. */
    NamedAdapter.Builder read(dev.thirteen.proto.policy.v1.BaseModel named, String config, String tensorsDigest) {
        BaseModel base = store.get(named.getFolder(), named.getDigest()).retain();
        try {
            AdapterFolder folder = AdapterFolder.read(base, config, blobs.existing(tensorsDigest));
            Policy policy = folder.policy();
            Basis basis = policy.basis();
            if (basis == null) throw new IllegalStateException("a folder that was read has a basis");
            blobs.put(basis);
            return NamedAdapter.newBuilder()
                    .setBaseModel(named.toBuilder().setDigest(base.digest()))
                    .setAdapter(AdapterWire.of(folder.valueType(), basis.digest(), policy.values(), blobs::put))
                    .setFamily(basis.family().label())
                    .setTrainedNumbers(basis.trainedNumbers())
                    .setDegreesOfFreedom(basis.family().degreesOfFreedom())
                    .setValueBytes(
                            (long) basis.trainedNumbers() * folder.valueType().bytes());
        } finally {
            base.release();
        }
    }

    /** As {@link Models#export}. */
    void export(NamedAdapter named, AdapterFormat format, Path folder) {
        var baseModel = named.getBaseModel();
        BaseModel base = store.get(baseModel.getFolder(), baseModel.getDigest()).retain();
        try {
            AdapterByValue adapter = AdapterWire.read(named.getAdapter(), blobs::get);
            Policy policy = new Policy(Basis.read(base, blobs.get(adapter.basisDigest())), adapter.values());
            switch (format) {
                case ADAPTER_FORMAT_UNSPECIFIED, ADAPTER_FORMAT_PEFT ->
                    write(base, policy, adapter, baseModel.getFolder(), AdapterExport.Format.PEFT, folder);
                case ADAPTER_FORMAT_LORA ->
                    write(base, policy, adapter, baseModel.getFolder(), AdapterExport.Format.LORA, folder);
                case ADAPTER_FORMAT_MERGED -> {
                    MergedCheckpoint.write(base, policy, folder);
                    write(folder, Map.of("README.md", readme(named)));
                }
                case UNRECOGNIZED -> throw new Failure(Failure.Kind.CALLER, "format: is not known here");
            }
        } finally {
            base.release();
        }
    }

    private static void write(
            BaseModel base,
            Policy policy,
            AdapterByValue adapter,
            String baseName,
            AdapterExport.Format format,
            Path folder) {
        write(folder, AdapterExport.files(base, policy, adapter.valueType(), baseName, format));
    }

    /** By its tag an exported checkpoint is known from any other: {@code adapter export --force} replaces no other. */
    private static byte[] readme(NamedAdapter named) {
        return """
                ---
                base_model: %s
                tags: [thirteen-merged]
                ---
                The weights of the base with the %s adapter %s@%d (%s) added.
                """.formatted(
                        named.getBaseModel().getFolder(),
                        named.getFamily(),
                        named.getPolicyVersion().getRun(),
                        named.getPolicyVersion().getStep(),
                        named.getAdapter().getDigest())
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void write(Path folder, Map<String, byte[]> files) {
        try {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.write(folder.resolve(file.getKey()), file.getValue());
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, folder + " cannot be written: " + e.getMessage(), e);
        }
    }
}
