package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
    @TempDir
    private Path folder;

    @Test
    void readsWhatItWrites() {
        StoredTensor plain = StoredTensor.of("a \"quoted\" name", new float[] {1, -2.5f, Float.MIN_VALUE, 3e38f}, 2, 2);
        StoredTensor empty = StoredTensor.of("empty", new float[0], 0, 7);
        StoredTensor scalar = StoredTensor.of("scalar", new float[] {9});
        byte[] file = Safetensors.bytes(Map.of("format", "pt"), List.of(plain, empty, scalar));
        try (Safetensors read = Safetensors.of("memory", file)) {
            assertThat(read.metadata()).containsExactly(Map.entry("format", "pt"));
            assertThat(read.get(plain.name(), 2, 2).floats()).containsExactly(1, -2.5f, Float.MIN_VALUE, 3e38f);
            assertThat(read.get("empty", 0, 7).floats()).isEmpty();
            assertThat(read.get("scalar").shape()).isEmpty();
        }
    }

    @Test
    void neighboursInAFileAreOneTensor() {
        StoredTensor a = StoredTensor.of("a", new float[] {1, 2}, 1, 2);
        StoredTensor b = StoredTensor.of("b", new float[] {3, 4, 5, 6}, 2, 2);
        StoredTensor c = StoredTensor.of("c", new float[] {7, 8}, 1, 2);
        StoredTensor half = StoredTensor.of("half", TensorType.BF16, new float[] {9, 10}, 1, 2);
        byte[] file = Safetensors.bytes(Map.of(), List.of(a, b, c, half));
        try (Safetensors read = Safetensors.of("memory", file)) {
            List<StoredTensor> joined = read.joined(List.of(read.get("a"), read.get("b"), read.get("c")));
            assertThat(joined).hasSize(1);
            assertThat(joined.getFirst().shape()).containsExactly(4, 2);
            assertThat(joined.getFirst().floats()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
            List<List<StoredTensor>> apart = List.of(
                    List.of(read.get("a"), read.get("c")),
                    List.of(read.get("b"), read.get("a")),
                    List.of(read.get("c"), read.get("half")),
                    List.of(read.get("a"), b),
                    List.of(a, read.get("b")),
                    List.of(read.get("a")),
                    List.of());
            for (List<StoredTensor> parts : apart)
                assertThat(read.joined(parts)).isSameAs(parts);
        }
    }

    @Test
    void neighboursOfTwoShardsStayApart() throws IOException {
        shard("one.safetensors", StoredTensor.of("x", new float[] {1}, 1));
        shard("two.safetensors", StoredTensor.of("y", new float[] {2}, 1));
        index("one.safetensors", "two.safetensors");
        try (Safetensors read = Safetensors.openFolder(folder)) {
            assertThat(read.joined(List.of(read.get("x"), read.get("y")))).hasSize(2);
        }
    }

    @Test
    void readsShardsByTheirIndex() throws IOException {
        shard("one.safetensors", StoredTensor.of("x", new float[] {1}, 1));
        shard("two.safetensors", StoredTensor.of("y", new float[] {2}, 1));
        index("one.safetensors", "two.safetensors");
        try (Safetensors read = Safetensors.openFolder(folder)) {
            assertThat(read.get("x", 1).floats()).containsExactly(1);
            assertThat(read.get("y", 1).floats()).containsExactly(2);
            assertThatThrownBy(() -> read.get("z"))
                    .hasMessage(folder.resolve("model.safetensors.index.json") + " lacks tensor z");
            assertThatThrownBy(() -> read.get("y", 2))
                    .hasMessage(folder.resolve("two.safetensors") + ": tensor y has shape [1], [2] is expected");
        }
    }

    @Test
    void messagesNameTheFileThatATensorShouldBeIn() throws IOException {
        shard("one.safetensors", StoredTensor.of("x", new float[] {1}, 1));
        shard("two.safetensors", StoredTensor.of("other", new float[] {2}, 1));
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"x\": \"one.safetensors\", \"y\": \"two.safetensors\"}}");
        Path index = folder.resolve("model.safetensors.index.json");
        assertThatThrownBy(() -> Safetensors.openFolder(folder))
                .isInstanceOf(Failure.class)
                .hasMessage(folder.resolve("two.safetensors") + " lacks tensor y, which " + index + " says it has");
        // It is in the other shard, where the index does not look.
        shard("two.safetensors", StoredTensor.of("x", new float[] {2}, 1));
        shard("one.safetensors", StoredTensor.of("y", new float[] {1}, 1));
        assertThatThrownBy(() -> Safetensors.openFolder(folder))
                .hasMessageStartingWith(folder.resolve("one.safetensors") + " lacks tensor x");
        shard("model.safetensors", StoredTensor.of("x", new float[] {1}, 1));
        try (Safetensors read = Safetensors.openFolder(folder)) {
            assertThatThrownBy(() -> read.get("y")).hasMessage(folder.resolve("model.safetensors") + " lacks tensor y");
        }
        Path cut = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(cut);
        Files.write(cut, Arrays.copyOf(bytes, bytes.length - 1));
        assertThatThrownBy(() -> Safetensors.openFolder(folder))
                .hasMessage(cut + " is no safetensors file: it has 3 bytes of data, its header speaks of 4;"
                        + " it ends before tensor x does");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../elsewhere.safetensors", "/etc/passwd", "/", "..", ".", "", "a/b", "a\\u0000b"})
    void anIndexNamesOnlyFilesBesideIt(String name) throws IOException {
        index("one.safetensors", name);
        assertThatThrownBy(() -> Safetensors.openFolder(folder))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("bad shard");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {                                                                           | no JSON
                    []                                                                          | no JSON object
                    {} {}                                                                       | no JSON
                    {"x":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}                      | unknown dtype
                    {"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}                      | needs 8 bytes
                    {"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}                     | bad number
                    {"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}                    | bad number
                    {"x":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}                     | bad number
                    {"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}                | name is no text
                    {"x":{"dtype":"F32","data_offsets":[0,4]}}                                  | lacks shape
                    {"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}                      | bad offsets
                    {"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}                      | gap
                    {"x":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}                       | speaks of 9
                    {"x":{"dtype":"U8","shape":[9223372036854775807,9],"data_offsets":[0,4]}}   | larger than any memory
                    {"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"x":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}} | Duplicate
                    {"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}} | overlaps
                    ` {}`                                                                       | no JSON object
                    {"__metadata__":[],"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}    | metadata is no JSON object
                    {"__metadata__":{"a":1},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | no string
                    """)
    void refusesHostileHeaders(String header, String problem) {
        refused(file(header.getBytes(StandardCharsets.UTF_8).length, header), problem);
    }

    @Test
    void refusesHeadersThatAreNotUtf8() {
        for (Charset other : List.of(StandardCharsets.UTF_16LE, Charset.forName("UTF-32LE"))) {
            refused(file("{}".getBytes(other)), "no JSON");
        }
        String entry = "{\"x_\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        // A byte that begins nothing, a zero written as two bytes, half of a pair of surrogates.
        for (String bytes : List.of("\u00ff", "\u00c0\u0080", "\u00ed\u00a0\u0080")) {
            byte[] header = entry.replace("_", bytes).getBytes(StandardCharsets.ISO_8859_1);
            refused(file(header), "no UTF-8");
        }
    }

    @Test
    void aHeaderThatWouldTakeAllMemoryIsRefusedOnTheWay() {
        String many = IntStream.rangeClosed(0, 100_000)
                .mapToObj("\"%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}"::formatted)
                .collect(Collectors.joining(",", "{", "}"));
        refused(file(many.getBytes(StandardCharsets.UTF_8)), "more than 100000 tensors");
        String deep = "{\"x\":{\"dtype\":\"F32\",\"shape\":[" + "1,".repeat(16) + "1],\"data_offsets\":[0,4]}}";
        refused(file(deep.getBytes(StandardCharsets.UTF_8)), "tensor x has more than 16 dimensions");
        refused(file("{\"x\":{\"dtype\":{\"F32\":1}}}".getBytes(StandardCharsets.UTF_8)), "no safetensors file");
    }

    @Test
    void refusesLengthsThatAreNotThere() {
        String header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        refused(file(Long.MAX_VALUE, header), "header has");
        refused(file(-1, header), "header has 18446744073709551615 bytes");
        refused(new byte[7], "shorter than 8");
        byte[] whole = file(header.length(), header);
        for (int length = 8; length < whole.length; length += 5) refused(Arrays.copyOf(whole, length), "safetensors");
    }

    private static void refused(byte[] file, String problem) {
        assertThatThrownBy(() -> Safetensors.of("memory", file).close())
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER))
                .hasMessageContaining(problem);
    }

    private static byte[] file(long length, String header) {
        return file(length, header.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] file(byte[] header) {
        return file(header.length, header);
    }

    /** A file of this header and four bytes of data. */
    private static byte[] file(long length, byte[] json) {
        return ByteBuffer.allocate(Long.BYTES + json.length + 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(json)
                .array();
    }

    private void shard(String name, StoredTensor tensor) throws IOException {
        Files.write(folder.resolve(name), Safetensors.bytes(Map.of(), List.of(tensor)));
    }

    private void index(String first, String second) throws IOException {
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"x\":\"%s\",\"y\":\"%s\"}}".formatted(first, second));
    }
}
