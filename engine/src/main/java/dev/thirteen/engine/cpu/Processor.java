package dev.thirteen.engine.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/** What this machine's processor can do, as Linux tells; elsewhere nothing is known of it. */
public final class Processor {
    private static final Set<String> FLAGS = flags();

    private Processor() {}

    private static Set<String> flags() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line ->
                            Set.of(line.substring(line.indexOf(':') + 1).trim().split("\\s+")))
                    .orElse(Set.of());
        } catch (IOException e) {
            return Set.of();
        }
    }

    /** Whether it multiplies bf16 in hardware; elsewhere libtorch's products in bf16 are slower than those in fp32. */
    public static boolean multipliesBf16() {
        return FLAGS.contains("avx512_bf16");
    }

    /** Whether it multiplies whole tiles of bf16, many times as fast as vectors, and vectors of it too. */
    public static boolean multipliesTiles() {
        return FLAGS.contains("amx_bf16") && multipliesBf16();
    }

    /** Whether it has vectors of sixteen fp32 numbers. */
    public static boolean hasWideVectors() {
        return FLAGS.contains("avx512f");
    }
}
