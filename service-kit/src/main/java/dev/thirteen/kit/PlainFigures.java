package dev.thirteen.kit;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.util.Locale;

/** Figures and letters of messages and logs are the same in every country: programs read them. */
@Singleton
class PlainFigures {
    void started(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
        Locale.setDefault(Locale.ROOT);
    }
}
