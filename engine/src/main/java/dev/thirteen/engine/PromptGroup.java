package dev.thirteen.engine;

import dev.thirteen.engine.PolicyGradient.Sequence;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Sequences with one prompt under one policy, by their places in a list; several when it is worth while to compute the prompt once. */
record PromptGroup(List<Member> members) {
    /** A prompt is shared where that saves this part of the group's tokens; attention then costs a little more. */
    private static final double WORTH = 0.125;

    /** Sequences under one policy, by the number of which prompts are told apart. */
    private record Key(int policy, IntBuffer prompt) {}

    /** A sequence of a list, and the number of its policy. */
    record Member(int index, Sequence sequence, int policy) {
        private int[] prompt() {
            return sequence.promptTokens();
        }

        /** What is read of the completion: its last token is only predicted. */
        int[] read() {
            return Arrays.copyOf(sequence.completionTokens(), sequence.completionTokens().length - 1);
        }

        /** What is read of the sequence. */
        int[] inputs() {
            return IntStream.concat(Arrays.stream(prompt()), Arrays.stream(read()))
                    .toArray();
        }

        private int length() {
            return prompt().length + sequence.completionTokens().length - 1;
        }
    }

    PromptGroup {
        members = List.copyOf(members);
    }

    boolean shared() {
        return members.size() > 1;
    }

    /** Tokens of a pass with this group. */
    int tokens() {
        return members.stream().mapToInt(Member::length).sum()
                - (members.size() - 1) * members.getFirst().prompt().length;
    }

    private int longest() {
        return members.stream().mapToInt(Member::length).max().orElse(0);
    }

    /**
     * Groups of a list, by the length of their longest sequence, equal ones in the given order.
     *
     * @param policies number of the policy of each sequence
     */
    static List<PromptGroup> of(List<Sequence> sequences, int[] policies) {
        Map<Key, List<Member>> byPrompt = new LinkedHashMap<>();
        for (int i = 0; i < sequences.size(); i++) {
            Key key = new Key(policies[i], IntBuffer.wrap(sequences.get(i).promptTokens()));
            byPrompt.computeIfAbsent(key, _ -> new ArrayList<>()).add(new Member(i, sequences.get(i), policies[i]));
        }
        return byPrompt.values().stream()
                .flatMap(members -> worthwhile(new PromptGroup(members)))
                .sorted(Comparator.comparingInt(PromptGroup::longest))
                .toList();
    }

    private static Stream<PromptGroup> worthwhile(PromptGroup group) {
        int alone = group.members.stream().mapToInt(Member::length).sum();
        if (alone - group.tokens() >= WORTH * alone) return Stream.of(group);
        return group.members.stream().map(member -> new PromptGroup(List.of(member)));
    }

    /** Pieces of at most this many tokens, one sequence at least; the prompt is computed in each. */
    List<PromptGroup> cut(int tokens) {
        List<PromptGroup> pieces = new ArrayList<>();
        List<Member> open = new ArrayList<>();
        for (Member member : members) {
            List<Member> wider = new ArrayList<>(open);
            wider.add(member);
            if (!open.isEmpty() && new PromptGroup(wider).tokens() > tokens) {
                pieces.add(new PromptGroup(open));
                open.clear();
            }
            open.add(member);
        }
        pieces.add(new PromptGroup(open));
        return pieces;
    }
}
