package dev.thirteen.rollout;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.proto.policy.v1.Provenance;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What made an answer. */
final class Provenances {
    private Provenances() {}

    /** The base model's part. */
    static Provenance.Builder of(BaseModel base) {
        return Provenance.newBuilder()
                .setBaseDigest(base.digest())
                .setTokenizerDigest(base.tokenizer().digest())
                .setEngineBuild(base.engineBuild());
    }

    /** The adapter's part. */
    static Provenance.Builder adapted(Provenance.Builder provenance, Policies.Adapted adapter) {
        return provenance.setBasisDigest(adapter.basisDigest()).setAdapterDigest(adapter.digest());
    }

    /** A short name of engine, base and adapter together: equal where the same numbers answer. */
    static String fingerprint(Provenance provenance) {
        String all = String.join(
                "\n", provenance.getEngineBuild(), provenance.getBaseDigest(), provenance.getAdapterDigest());
        String digest = Digests.sha256(all.getBytes(StandardCharsets.UTF_8));
        return "fp_" + digest.substring(digest.indexOf(':') + 1).substring(0, 12);
    }

    /** As an HTTP header: a dictionary of RFC 8941, without what does not apply. */
    static String header(Provenance provenance) {
        List<String> parts = new ArrayList<>();
        if (provenance.hasPolicyVersion()) {
            parts.add(quoted("run", provenance.getPolicyVersion().getRun()));
            parts.add("step=" + provenance.getPolicyVersion().getStep());
        }
        if (!provenance.getAdapterDigest().isEmpty()) {
            parts.add(quoted("adapter-digest", provenance.getAdapterDigest()));
            parts.add(quoted("basis-digest", provenance.getBasisDigest()));
        }
        parts.add(quoted("base-digest", provenance.getBaseDigest()));
        parts.add(quoted("engine-build", provenance.getEngineBuild()));
        return String.join(", ", parts);
    }

    private static String quoted(String key, String value) {
        return key + "=\"" + value + "\"";
    }
}
