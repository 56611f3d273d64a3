package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What samples drew, by "group/sample". */
record Drawn(Map<String, List<Decoder.Token>> samples) {
    Drawn() {
        this(new TreeMap<>());
    }

    static Drawn of(BaseModel base, Decoder.Options options, List<Decoder.Group> groups) {
        try (Decoder decoder = new Decoder(base, options)) {
            return of(decoder, groups);
        }
    }

    static Drawn of(Decoder decoder, List<Decoder.Group> groups) {
        groups.forEach(decoder::admit);
        Drawn drawn = new Drawn();
        while (decoder.runningRows() > 0) drawn.take(decoder.step());
        return drawn;
    }

    void take(List<Decoder.Token> tokens) {
        for (Decoder.Token token : tokens) {
            samples.computeIfAbsent(token.group() + "/" + token.sample(), _ -> new ArrayList<>())
                    .add(token);
        }
    }

    int[] ids(String sample) {
        return samples.get(sample).stream().mapToInt(Decoder.Token::tokenId).toArray();
    }

    /** The same texts, and log-probs that differ by rounding alone. */
    void isLike(Drawn other, double bound) {
        assertThat(samples.keySet()).isEqualTo(other.samples.keySet());
        samples.forEach((sample, tokens) -> {
            assertThat(ids(sample)).as(sample).isEqualTo(other.ids(sample));
            for (int t = 0; t < tokens.size(); t++) {
                assertThat((double) tokens.get(t).rawLogProb())
                        .as("%s at %d", sample, t)
                        .isCloseTo(other.samples.get(sample).get(t).rawLogProb(), within(bound));
            }
        });
    }

    /** The part of one group. */
    Drawn group(long id) {
        Drawn part = new Drawn();
        samples.forEach((sample, tokens) -> {
            if (sample.startsWith(id + "/")) part.samples.put(sample, tokens);
        });
        return part;
    }
}
