package dev.thirteen.engine.jinja;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The snippets of scripts/jinja_cases.py, rendered there by Jinja2 as transformers sets it up. */
class JinjaCasesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void snippetsAreRenderedAsByJinja() throws IOException {
        JsonNode golden = golden();
        Clock clock =
                Clock.fixed(LocalDateTime.parse(golden.path("now").asText()).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
        SoftAssertions softly = new SoftAssertions();
        assertThat(golden.path("cases").size()).isGreaterThan(1000);
        for (JsonNode snippet : golden.path("cases")) {
            Map<String, Object> variables = variables(golden);
            variables.putAll(variables(snippet));
            String template = snippet.path("template").asText();
            String expected =
                    snippet.path(snippet.has("raises") ? "raises" : "text").asText();
            String outcome = outcome(template, variables, clock);
            if (snippet.has("refused")) softly.assertThat(outcome).as(template).contains("not supported");
            else if (snippet.has("fails"))
                softly.assertThat(outcome)
                        .as(template)
                        .matches("(?s)the chat template cannot be \\w+, line [1-9]\\d*: .+");
            else softly.assertThat(outcome).as(template).isEqualTo(expected);
        }
        softly.assertAll();
    }

    /** In Turkish a small I has no dot, and Arabic digits are others. */
    @ParameterizedTest
    @ValueSource(strings = {"tr-TR", "ar-EG-u-nu-arab"})
    void aTemplateGivesTheSameInEveryLanguage(String language) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(language));
        try {
            String template =
                    "{{ '-INFINITY' | float }} {{ 'INF' | float }} {{ '0XFI' | int(3, 16) }} {{ 1e22 }} {{ '%d' % 7 }}";
            assertThat(outcome(template, Map.of(), Clock.systemUTC())).isEqualTo("-inf inf 3 1e+22 7");
        } finally {
            Locale.setDefault(before);
        }
    }

    private static String outcome(String template, Map<String, Object> variables, Clock clock) {
        try {
            return Template.parse(template).render(variables, clock);
        } catch (Failure e) {
            assertThat(e.kind()).isEqualTo(Failure.Kind.CALLER);
            return e.getMessage();
        }
    }

    private static Map<String, Object> variables(JsonNode node) {
        Map<String, Object> variables = new LinkedHashMap<>();
        if (node.has("variables"))
            variables.putAll(JSON.convertValue(node.path("variables"), new TypeReference<Map<String, Object>>() {}));
        return variables;
    }

    private static JsonNode golden() throws IOException {
        try (InputStream file = JinjaCasesTest.class.getResourceAsStream("/golden/jinja_cases.json")) {
            return JSON.readTree(requireNonNull(file));
        }
    }
}
