import ai.djl.engine.Engine;
import ai.djl.huggingface.tokenizers.jni.LibUtils;

/** Lets DJL unpack its native libraries into DJL_CACHE_DIR, in the very places where it looks for them later. */
final class Natives {
    public static void main(String[] arguments) {
        Engine.getEngine("PyTorch");
        LibUtils.checkStatus();
    }
}
