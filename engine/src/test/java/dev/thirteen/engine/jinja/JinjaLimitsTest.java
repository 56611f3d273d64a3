package dev.thirteen.engine.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A template comes from a model's folder: it can neither hang the program nor fill its memory. */
class JinjaLimitsTest {
    private static final Clock EPOCH = Clock.fixed(Instant.EPOCH, ZoneId.of("Asia/Tokyo"));

    /** As Jinja 3.1.6 renders them. */
    @Test
    void aJoinerSeparatesWhatFollowsTheFirst() {
        assertThat(render("{% set j = joiner() %}{{ j() }}a{{ j() }}b{{ j() }}c"))
                .isEqualTo("a, b, c");
        assertThat(render("{% set j = joiner(' | ') %}{% for x in [1, 2, 3] %}{{ j() }}{{ x }}{% endfor %}"))
                .isEqualTo("1 | 2 | 3");
        assertThat(render("{% set j = joiner(sep=3) %}{{ j() }}{{ j() }}")).isEqualTo("3");
        assertThatThrownBy(() -> render("{% set j = joiner() %}{{ j(1) }}")).isInstanceOf(Failure.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% for a in range(99999) %}{% for b in range(99999) %}{% if 'x' * 1000 %}{% endif %}{% endfor %}{% endfor %}",
                "{% for a in range(99999) %}{{ 'x' * 1000 }}{% endfor %}",
                "{{ 'x' * 10 ** 12 }}",
                "{{ [1] * 10 ** 9 }}",
                "{{ 10 ** (10 ** 9) }}",
                "{{ 9 ** 9999 ** 2 }}",
                "{{ '%999999999d' % 1 }}",
                "{{ '%.999999999f' % 1 }}",
                "{{ '{:999999999}'.format(1) }}",
                "{{ 'a'.center(10 ** 9) }}",
                "{{ 'a' | indent(10 ** 9) }}",
                "{{ [1] | tojson(indent=10 ** 9) }}",
                "{{ [1] | batch(10 ** 9, 0) | list }}",
                "{{ [1] | slice(10 ** 9) | list }}",
                "{{ 1.5 | round(10 ** 9) }}",
                "{% set n = namespace(x='ab') %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "{% set n = namespace(x='ab') %}{% for a in range(99) %}{% set n.x = n.x | replace('a', n.x) %}{% endfor %}",
                "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
                "{% set n = namespace(x=[1]) %}{% for a in range(40) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | tojson }}",
                "{% set n = namespace(x=[1], y=[1]) %}{% for a in range(40) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}{{ n.x < n.y }}",
                "{% set n = namespace(x=3) %}{% for a in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m() %}{% for i in [1] %}{% if i %}{% set x = [m() | upper] %}{% endif %}{% endfor %}{% endmacro %}{{ m() }}",
                "{% macro m() %}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}",
                "{% set n = namespace() %}{% set n.n = n %}{{ n }}",
            })
    void workIsBounded(String template) {
        Assertions.assertTimeoutPreemptively(
                // Without bounds it would be hours; on a busy machine a second is many.
                Duration.ofMinutes(3),
                () -> assertThatThrownBy(() -> render(template))
                        .isInstanceOf(Failure.class)
                        .hasMessageStartingWith("the chat template cannot be rendered, line 1: "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if s.find('y') %}{% endif %}",
                "{% if s[0] %}{% endif %}",
                "{% if 'y' in s %}{% endif %}",
                "{% if s | length %}{% endif %}",
                "{% if s is upper %}{% endif %}",
                "{% if s == t %}{% endif %}",
                "{% if s < t %}{% endif %}",
                "{% if s[:1] %}{% endif %}",
                "{% for c in s %}{% break %}{% endfor %}",
                "{% for c in d %}{% break %}{% endfor %}",
                "{% if l == m %}{% endif %}",
                "{% if 1 in l %}{% endif %}",
                "{% if l.count(1) %}{% endif %}",
                "{% if l | last %}{% endif %}"
            })
    void readingOfLongValuesIsBounded(String step) {
        String values = "{% set s = 'x' * 8000000 %}{% set t = s ~ '' %}{% set l = [0] * 999999 %}"
                + "{% set m = [0] * 999999 %}{% set d = dict(range(99998) | batch(2)) %}";
        workIsBounded(values + "{% for a in range(99999) %}" + step + "{% endfor %}");
    }

    // A small stack: the limit of nesting must come first.
    @Test
    void nestingEndsBeforeTheStackDoes() throws InterruptedException {
        String sum = "{{ 1" + " + 1".repeat(20_000) + " }}";
        String lists = "{{ " + "[".repeat(20_000) + "]".repeat(20_000) + " }}";
        String negations = "{{ " + "not ".repeat(20_000) + "1 }}";
        String signs = "{{ " + "-".repeat(20_000) + "1 }}";
        String choices = "{{ " + "1 if 0 else ".repeat(20_000) + "1 }}";
        String blocks = "{% if 1 %}".repeat(20_000) + "{% endif %}".repeat(20_000);
        String comment = "{# " + "a \" '".repeat(20_000) + " #}{{ '" + "\\n\n".repeat(20_000) + "'[5] }}";
        String recursion = "{% macro m(n) %}{% for i in [1] %}{% if i %}{{ [[[m(n + 1)]]] | join | upper }}{% endif %}"
                + "{% endfor %}{% endmacro %}{{ m(0) }}";
        List<String> templates = List.of(sum, lists, negations, signs, choices, blocks, comment, recursion);
        List<String> outcomes = new ArrayList<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable work = () -> templates.forEach(template -> outcomes.add(outcome(template)));
        Thread thread = new Thread(null, work, "small stack", 512 * 1024);
        thread.setUncaughtExceptionHandler((dead, thrown) -> failure.set(thrown));
        thread.start();
        thread.join();
        assertThat(failure.get()).isNull();
        assertThat(outcomes.remove(6)).isEqualTo("\n");
        assertThat(outcomes).hasSize(7).allMatch(outcome -> outcome.contains("nested too deeply"));
    }

    @Test
    void timeIsShownInTheZoneOfTheClock() {
        assertThat(render("{{ strftime_now('%Y-%m-%d %H:%M') }}")).isEqualTo("1970-01-01 09:00");
    }

    @Test
    void lineOfTheProblemIsNamed() {
        assertThatThrownBy(() -> render("a\n{% if 1 %}\n{{ [\n  1,\n  none.foo.bar\n] }}{% endif %}"))
                .hasMessage("the chat template cannot be rendered, line 5: 'None' has no attribute 'foo'");
        assertThatThrownBy(() -> Template.parse("a\n{{ 1 }}\n{% for %}"))
                .hasMessage("the chat template cannot be read, line 3: Expected an expression,"
                        + " got 'end of statement block'");
    }

    @Test
    void valueOfAnotherKindIsRefused() {
        assertThatThrownBy(() -> Template.parse("x").render(Map.of("now", Instant.EPOCH), EPOCH))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("no value for a template: a Instant");
    }

    private static String render(String template) {
        return Template.parse(template).render(Map.of(), EPOCH);
    }

    private static String outcome(String template) {
        try {
            return render(template);
        } catch (Failure e) {
            return e.getMessage();
        }
    }
}
