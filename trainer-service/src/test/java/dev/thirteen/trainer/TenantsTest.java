package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Caller;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose a name is. */
class TenantsTest {
    private static final Caller ACME = new Caller("ann", Caller.Role.TRAIN, "acme");
    private static final Caller NOBODYS = new Caller("nel", Caller.Role.TRAIN, "");

    private final RunIndex index = Fixtures.index();
    private final AdapterNames names = new AdapterNames(index);

    @BeforeEach
    void keep() {
        for (String name : List.of("acme.first", "globex.first", "shared")) {
            index.kept(NamedAdapter.newBuilder()
                    .setPolicyVersion(PolicyVersion.newBuilder().setRun(name).setStep(1))
                    .build());
        }
    }

    @Test
    void adaptersOfOthersAreNotThere() {
        assertThat(runs(ACME)).containsExactly("acme.first");
        assertThat(runs(NOBODYS)).containsExactly("shared");
        assertThat(runs(Caller.ANYBODY)).containsExactlyInAnyOrder("acme.first", "globex.first", "shared");
        assertThat(names.get(ACME, "acme.first", OptionalLong.empty())
                        .getPolicyVersion()
                        .getRun())
                .isEqualTo("acme.first");
        assertThat(refusal("globex.first")).isEqualTo(refusal("globex.none").replace("none", "first"));
        assertThatThrownBy(() -> names.list(ACME, "shared")).hasMessageContaining("named 'shared'");
    }

    @Test
    void runsOfOthersAreUnknownInTheSameWords() {
        assertThatThrownBy(() -> index.requireSeen(ACME, "globex.first"))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.reason()).contains(Failure.Reason.RUN_UNKNOWN))
                .hasMessage("there is no run named 'globex.first'");
        assertThatThrownBy(() -> index.run("globex.none")).hasMessage("there is no run named 'globex.none'");
        index.requireSeen(ACME, "acme.first");
    }

    private List<String> runs(Caller caller) {
        return names.list(caller, "").stream()
                .map(adapter -> adapter.getPolicyVersion().getRun())
                .toList();
    }

    private String refusal(String name) {
        try {
            names.get(ACME, name, OptionalLong.empty());
        } catch (Failure failure) {
            assertThat(failure.kind()).isEqualTo(Failure.Kind.NOT_FOUND);
            return failure.getMessage();
        }
        throw new AssertionError(name + " is seen");
    }
}
