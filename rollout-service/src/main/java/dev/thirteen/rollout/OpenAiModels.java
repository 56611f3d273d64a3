package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Caller;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.rollout.GenerationWire.Resolved;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Policies as the OpenAI dialect names them: {@code base}, {@code base:run@step} or {@code base:run@latest}. */
@Singleton
class OpenAiModels {
    /**
     * A name in its parts.
     *
     * @param adapter "run@step" or "run@latest"; empty for the base alone
     */
    private record Name(String base, String adapter) {
        static Name of(String model) {
            int colon = model.lastIndexOf(':');
            boolean adapted = colon > 0 && model.indexOf('@', colon) > 0;
            return adapted ? new Name(model.substring(0, colon), model.substring(colon + 1)) : new Name(model, "");
        }

        Policy policy() {
            Policy.Builder policy =
                    Policy.newBuilder().setBaseModel(BaseModel.newBuilder().setFolder(base));
            if (!adapter.isEmpty()) policy.setName(adapter);
            return policy.build();
        }
    }

    private final GenerationWire wire;
    private final Policies policies;
    private final AdapterDirectory directory;

    OpenAiModels(GenerationWire wire, Policies policies, AdapterDirectory directory) {
        this.wire = wire;
        this.policies = policies;
        this.directory = directory;
    }

    /**
     * The policy of a name, loaded.
     *
     * @throws Failure NOT_FOUND when the name has none, whatever is wrong with it; OUTSIDE when it cannot be found out; CALLER
     *     when it has no chat template and a prompt is a chat
     */
    Resolved resolve(String model, List<Prompt> prompts) {
        try {
            return wire.policy(Name.of(model).policy(), prompts);
        } catch (Failure failure) {
            // The model is there: it is the prompt that does not fit.
            if (failure.reason().equals(Optional.of(Failure.Reason.NO_CHAT_TEMPLATE))) throw failure;
            throw switch (failure.kind()) {
                case CALLER, NOT_FOUND, EXISTS, CONFLICT -> unknown(model, failure);
                case UNKNOWN_CALLER, FORBIDDEN, CAPACITY, LATE, OUTSIDE, BUG -> failure;
            };
        }
    }

    /** The name of what answers a call for the model: with a step where "latest" was asked for. */
    static String answering(String model, Resolved resolved) {
        String base = Name.of(model).base();
        if (!resolved.provenance().hasPolicyVersion()) return base;
        return adapted(base, resolved.provenance().getPolicyVersion());
    }

    /** Every base that is known here, and the latest version of every run that the caller sees. */
    ObjectNode list() {
        Caller caller = Caller.current();
        ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = list.putArray("data");
        policies.baseNames().forEach(base -> data.add(entry(base, 0)));
        for (NamedAdapter adapter : directory.latest()) {
            if (!caller.sees(adapter.getPolicyVersion().getRun())) continue;
            String base = policies.baseName(adapter.getBaseModel().getFolder());
            data.add(entry(adapted(base, adapter.getPolicyVersion()), adapter.getCommittedUnixNano()));
        }
        return list;
    }

    /** One of them, or any other version of a run; loads nothing. */
    ObjectNode entry(String model) {
        Name name = Name.of(model);
        if (!policies.baseNames().contains(policies.baseName(name.base()))) throw unknown(model, null);
        if (name.adapter().isEmpty()) return entry(model, 0);
        NamedAdapter adapter;
        try {
            adapter = directory.named(Caller.current(), name.adapter());
        } catch (Failure failure) {
            if (failure.kind().retryable()) throw failure;
            throw unknown(model, failure);
        }
        return entry(adapted(name.base(), adapter.getPolicyVersion()), adapter.getCommittedUnixNano());
    }

    private static ObjectNode entry(String id, long createdUnixNano) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "model")
                .put("created", createdUnixNano / 1_000_000_000)
                .put("owned_by", "thirteen");
    }

    private static String adapted(String base, PolicyVersion version) {
        return "%s:%s@%d".formatted(base, version.getRun(), version.getStep());
    }

    private static Failure unknown(String model, @Nullable Failure why) {
        String text = "there is no model '" + model + "'" + (why == null ? "" : ": " + why.getMessage());
        return new Failure(Failure.Kind.NOT_FOUND, text, why, List.of());
    }
}
