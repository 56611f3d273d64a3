package dev.thirteen.cli.golden;

import java.nio.file.Path;

/** Tokenizer and chat template of a model folder. */
final class TextCases {
    private TextCases() {}

    static void check(GoldenFolder golden, Path folder) {}
}
