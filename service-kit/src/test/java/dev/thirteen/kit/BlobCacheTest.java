package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobCacheTest {
    private static final byte[] CONTENT = "thirteen".getBytes(StandardCharsets.UTF_8);
    private static final String DIGEST = Digests.sha256(CONTENT);

    @TempDir
    private Path folder;

    private final AtomicInteger fetches = new AtomicInteger();
    private final BlobCache.Source source = (digest, to) -> {
        fetches.incrementAndGet();
        to.write(CONTENT);
    };

    @Test
    void aBlobIsFetchedOnceForAllProcesses() {
        assertThat(new BlobCache(folder).get(DIGEST, source)).isEqualTo(CONTENT);
        assertThat(new BlobCache(folder).get(DIGEST, source)).isEqualTo(CONTENT);

        assertThat(fetches).hasValue(1);
    }

    @Test
    void aDamagedFileIsFetchedAgain() throws IOException {
        BlobCache cache = new BlobCache(folder);
        cache.get(DIGEST, source);
        Files.writeString(folder.resolve(DIGEST.replace(':', '-')), "thirteem");

        assertThat(cache.get(DIGEST, source)).isEqualTo(CONTENT);
        assertThat(fetches).hasValue(2);
    }

    @Test
    void bytesOfAnotherDigestAreNotKept() {
        BlobCache cache = new BlobCache(folder);

        assertThatThrownBy(() -> cache.get(DIGEST, (digest, to) -> to.write(1)))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("got bytes with digest");
        assertThat(folder).isEmptyDirectory();
    }
}
