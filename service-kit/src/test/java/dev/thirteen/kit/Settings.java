package dev.thirteen.kit;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;

/** Settings of a test, as Quarkus reads them. */
final class Settings {
    private Settings() {}

    static <S> S of(Class<S> type, Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(type)
                .withDefaultValues(values)
                .withConverter(Duration.class, 200, new DurationConverter())
                .withValidateUnknown(false)
                .build()
                .getConfigMapping(type);
    }
}
