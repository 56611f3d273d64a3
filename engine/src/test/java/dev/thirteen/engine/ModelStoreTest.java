package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.SamplingParameters;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ModelStoreTest {
    private static ModelStore store(int models, boolean absolute) {
        return new ModelStore(options(models, absolute));
    }

    private static ModelStore.Options options(int models, boolean absolute) {
        return new ModelStore.Options(Golden.path("models"), absolute, models, new EngineOptions(Precision.FP32, 1));
    }

    @Test
    void keepsModelsAndDropsTheLeastRecentlyUsed() {
        try (ModelStore store = store(1, false)) {
            BaseModel first = store.get("qwen2-tied");
            assertThat(store.get("qwen2-tied", first.digest())).isSameAs(first);
            try (Decoder decoder = new Decoder(first, new Decoder.Options(1, 32, false))) {
                store.get("smollm2-like");
                // The decoder still holds the model that went.
                SamplingParameters sampling = new SamplingParameters(1, 1, 0, 2, 1);
                decoder.admit(new Decoder.Group(1, Policy.BASE, new int[] {1, 2}, 1, sampling, 0));
                assertThat(decoder.step()).hasSize(1);
            }
            assertThat(store.get("qwen2-tied")).isNotSameAs(first);
        }
    }

    @Test
    void aModelThatIsBeingLoadedHoldsNobodyElseUp() throws Exception {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<Void> go = new CompletableFuture<>();
        try (ModelStore store = new ModelStore(
                options(2, false),
                (folder, options) -> {
                    if (folder.endsWith("smollm2-like")) {
                        begun.complete(null);
                        go.join();
                    }
                    return BaseModel.load(folder, options);
                },
                null)) {
            BaseModel here = store.get("qwen2-tied");
            CompletableFuture<BaseModel> late = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> late.complete(store.get("smollm2-like")));
            begun.get(30, TimeUnit.SECONDS);
            CompletableFuture<Void> asked = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> {
                assertThat(store.names()).contains("qwen2-tied");
                assertThat(store.get("qwen2-tied")).isSameAs(here);
                asked.complete(null);
            });
            asked.get(30, TimeUnit.SECONDS);
            assertThat(late).isNotDone();
            go.complete(null);
            assertThat(late.get(30, TimeUnit.SECONDS)).isSameAs(store.get("smollm2-like"));
        }
    }

    @Test
    void namesAreTheShortestThatFindAFolder() {
        try (ModelStore store = store(1, true)) {
            Path folder = Golden.model("qwen2-tied").toAbsolutePath();
            assertThat(store.names()).contains("qwen2-tied", "smollm2-like");
            assertThat(store.name(folder.toString())).isEqualTo("qwen2-tied");
            assertThat(store.name("./qwen2-tied")).isEqualTo("qwen2-tied");
            assertThat(store.name("/elsewhere/model")).isEqualTo("/elsewhere/model");
        }
    }

    @Test
    void anOutlineNeedsNoWeights() {
        try (ModelStore store = store(1, false)) {
            // The weights of this one are not in the repository.
            ModelOutline qwen3 = store.outline("qwen3");
            qwen3.requireChat();
            assertThat(qwen3.shape().modules()).hasSize(7 * qwen3.shape().layers());
            ModelOutline tied = store.outline("qwen2-tied");
            BaseModel loaded = store.get("qwen2-tied");
            assertThat(tied.shape()).isEqualTo(loaded.shape());
            assertThat(tied.maxPositions()).isEqualTo(loaded.maxPositions());
            assertThatThrownBy(() -> store.outline("no-such-model")).hasMessageContaining("there is no model folder");
        }
    }

    @Test
    void aMissingChatTemplateIsSaidAlikeBeforeAndAfterLoading() {
        String missing = "the model has no chat template: %s has neither chat_template.jinja"
                .formatted(Golden.model("mistral").toAbsolutePath());
        try (ModelStore store = store(2, false)) {
            assertThatThrownBy(() -> store.requireChat("mistral")).hasMessageStartingWith(missing);
            assertThat(store.loaded("mistral")).isFalse();
            BaseModel loaded = store.get("mistral");
            assertThat(store.loaded("./mistral")).isTrue();
            assertThatThrownBy(() -> loaded.tokenizer().encodeChat(List.of(new Tokenizer.Turn("user", "Hello"))))
                    .hasMessageStartingWith(missing);
            store.requireChat("smollm2-like");
            assertThat(store.loaded("smollm2-like")).isFalse();
            refused(() -> store.requireChat("no-such-model"), Failure.Kind.NOT_FOUND);
        }
    }

    @Test
    void refusesWhatIsNotThereOrNotAllowed() {
        try (ModelStore store = store(1, false)) {
            refused(store, "no-such-model", "", Failure.Kind.NOT_FOUND);
            refused(store, "../models/qwen2-tied/..", "", Failure.Kind.CALLER);
            refused(store, "../../golden", "", Failure.Kind.CALLER);
            refused(store, "", "", Failure.Kind.CALLER);
            refused(store, "/etc", "", Failure.Kind.CALLER);
            refused(store, "qwen2-tied", "sha256:00", Failure.Kind.CONFLICT);
        }
        try (ModelStore store = store(1, true)) {
            String folder = Golden.model("qwen2-tied").toAbsolutePath().toString();
            assertThat(store.get(folder).digest()).startsWith("sha256:");
        }
    }

    private static void refused(ModelStore store, String folder, String digest, Failure.Kind kind) {
        refused(() -> store.get(folder, digest), kind);
    }

    private static void refused(ThrowingCallable call, Failure.Kind kind) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(kind));
    }
}
