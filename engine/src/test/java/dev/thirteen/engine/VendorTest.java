package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.engine.device.Accelerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One package names a vendor; the engine finds it as a service. */
class VendorTest {
    private static final Pattern VENDOR =
            Pattern.compile("cuda|cudnn|cublas|nvrtc|nvidia|nvlink|rocm|amdgpu|\\bhip\\b", Pattern.CASE_INSENSITIVE);

    @Test
    void noSourceOutsideOnePackageNamesAVendor() throws IOException {
        List<String> named = new ArrayList<>();
        for (String root : List.of("src/main/java", "src/main/resources/dev")) {
            try (Stream<Path> files = Files.walk(Path.of(root))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    if (file.getParent().endsWith("cuda")) continue;
                    for (String line : Files.readAllLines(file)) {
                        if (VENDOR.matcher(line).find()) named.add(file + ": " + line.strip());
                    }
                }
            }
        }
        assertThat(named).isEmpty();
    }

    @Test
    void theServiceIsFound() {
        assertThat(Accelerator.find().name()).isEqualTo("cuda");
        assertThat(Accelerator.find().environment()).containsEntry("TORCH_CUDNN_SDPA_DEPRIORITIZED", "1");
    }
}
