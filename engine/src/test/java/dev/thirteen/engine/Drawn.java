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

    /**
     * The same texts, and log-probs that differ by rounding alone. One draw may fall on the bound between a token and the next
     * one in the vocabulary, where rounding decides, which is another processor's: the rest of its text is another one.
     */
    void isLike(Drawn other, double bound) {
        assertThat(samples.keySet()).isEqualTo(other.samples.keySet());
        List<String> parted = new ArrayList<>();
        samples.forEach((sample, tokens) -> {
            List<Decoder.Token> others = other.samples.get(sample);
            int same = same(tokens, others, bound);
            if (same == tokens.size() && same == others.size()) return;
            assertThat(Math.min(tokens.size(), others.size())).as(sample).isGreaterThan(same);
            assertThat(tokens.get(same).tokenId())
                    .as("%s at %d: %s and %s", sample, same, tokens, others)
                    .isCloseTo(others.get(same).tokenId(), within(1));
            parted.add(sample);
        });
        assertThat(parted).hasSizeLessThanOrEqualTo(1);
    }

    /** Length of what both drew, whose log-probs are alike. */
    private static int same(List<Decoder.Token> one, List<Decoder.Token> other, double bound) {
        for (int t = 0; t < Math.min(one.size(), other.size()); t++) {
            if (one.get(t).tokenId() != other.get(t).tokenId()) return t;
            assertThat((double) one.get(t).rawLogProb())
                    .as("%d of %s", t, one)
                    .isCloseTo(other.get(t).rawLogProb(), within(bound));
        }
        return Math.min(one.size(), other.size());
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
