package dev.thirteen.rollout;

import dev.thirteen.engine.BaseModel;
import dev.thirteen.kit.AdapterByValue;
import dev.thirteen.proto.policy.v1.Provenance;

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
    static Provenance.Builder adapted(Provenance.Builder provenance, AdapterByValue adapter) {
        return provenance.setBasisDigest(adapter.basisDigest()).setAdapterDigest(adapter.digest());
    }
}
