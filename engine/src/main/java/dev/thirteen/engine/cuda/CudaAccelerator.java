package dev.thirteen.engine.cuda;

import dev.thirteen.engine.device.Accelerator;
import dev.thirteen.engine.device.DecoderAddresses;
import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.DeviceAdapter;
import dev.thirteen.engine.device.DeviceBackward;
import dev.thirteen.engine.device.DeviceDecoder;
import dev.thirteen.engine.device.Owning;
import java.util.Map;

/** NVIDIA GPUs, as a service of the engine. */
public final class CudaAccelerator implements Accelerator {
    @Override
    public String name() {
        return "cuda";
    }

    /**
     * cuDNN's attention, which libtorch would take first, plans for each new shape anew: 0.4 s forward and 0.5 s back on an
     * H100 for what takes 1 ms, and ragged batches always have new shapes.
     */
    @Override
    public Map<String, String> environment() {
        return Map.of("TORCH_CUDNN_SDPA_DEPRIORITIZED", "1");
    }

    @Override
    public long freeBytes() {
        Driver driver = new Driver();
        try {
            return driver.freeBytes();
        } finally {
            driver.close();
        }
    }

    @Override
    public DeviceDecoder decoder(DecoderShape shape, DecoderAddresses addresses, int maxRows, long logits) {
        return Owning.of(
                new Driver(), Driver::close, driver -> new CudaDecoder(driver, shape, addresses, maxRows, logits));
    }

    @Override
    public DeviceBackward backward(
            DecoderShape shape,
            DecoderAddresses addresses,
            DeviceAdapter adapter,
            int tokens,
            boolean keepWide,
            DeviceBackward.Tensors tensors) {
        return Owning.of(
                new Driver(),
                Driver::close,
                driver -> new CudaGradient(driver, shape, addresses, adapter, tokens, keepWide, tensors));
    }
}
