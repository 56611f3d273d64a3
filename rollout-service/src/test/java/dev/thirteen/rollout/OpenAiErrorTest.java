package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.failure.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiErrorTest {
    @ParameterizedTest
    @CsvSource({
        "CALLER,400",
        "NOT_FOUND,404",
        "EXISTS,409",
        "CONFLICT,409",
        "CAPACITY,429",
        "OUTSIDE,503",
        "BUG,500",
        "UNKNOWN_CALLER,401",
        "FORBIDDEN,403",
        "LATE,408"
    })
    void everyKindOfFailureHasItsStatus(Failure.Kind kind, int status) {
        OpenAiError error = OpenAiError.of(new Failure(kind, "why"));

        assertThat(error.status()).isEqualTo(status);
        assertThat(error.retry().isPresent()).isEqualTo(kind.retryable());
    }

    @Test
    void aBugTellsNothingOfItself() {
        assertThat(OpenAiError.of(new IllegalStateException("a secret")).json().toString())
                .doesNotContain("secret");
    }
}
