package dev.thirteen.cli;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.generation.v1.ScoreRequest;
import dev.thirteen.proto.generation.v1.ScoreResponse;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.generation.v1.TokenLogProbs;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.ExportAdapterRequest;
import dev.thirteen.proto.policy.v1.ExportAdapterResponse;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.GetAdapterResponse;
import dev.thirteen.proto.policy.v1.ImportAdapterRequest;
import dev.thirteen.proto.policy.v1.ImportAdapterResponse;
import dev.thirteen.proto.policy.v1.ListAdaptersRequest;
import dev.thirteen.proto.policy.v1.ListAdaptersResponse;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.policy.v1.TinyLoraSpec;
import dev.thirteen.proto.reward.v1.RewardServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Hand-written services on a real socket: trainer's adapters, rollout and reward here, runs and evaluations beside. */
final class FakeServices implements AutoCloseable {
    /** Digest of the blob that holds the numbers of the adapter "large": those of {1, 2, 3}. */
    static final String LARGE = Digests.sha256(ByteBuffer.wrap(new byte[] {1, 2, 3}));

    final FakeTraining training = new FakeTraining();
    final FakeEvaluation evaluation = new FakeEvaluation();
    final List<GenerateRequest> generated = new ArrayList<>();
    final List<ImportAdapterRequest> imports = new ArrayList<>();
    final List<AdapterFormat> exports = new ArrayList<>();
    private final Server server;

    FakeServices() throws IOException {
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        List<BindableService> services = List.of(training, evaluation, new Adapters(), new Generation(), new Rewards());
        services.forEach(builder::addService);
        server = builder.build().start();
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    /** A file that names these services, as a running system writes it. */
    Path endpoints(Path folder) throws IOException {
        return Files.writeString(
                folder.resolve("endpoints.json"),
                "{\"trainer\": \"%1$s\", \"rollout\": \"%1$s\", \"reward\": \"%1$s\", \"eval\": \"%1$s\"}"
                        .formatted(address()));
    }

    /** After this nothing listens any more, nor goes an open connection on. */
    @Override
    public void close() throws InterruptedException {
        server.shutdownNow();
        server.awaitTermination();
    }

    /** What a service says when fields are wrong. */
    static RuntimeException badFields(String... pathsAndProblems) {
        BadRequest.Builder bad = BadRequest.newBuilder();
        List<String> said = new ArrayList<>();
        for (int i = 0; i < pathsAndProblems.length; i += 2) {
            bad.addFieldViolationsBuilder().setField(pathsAndProblems[i]).setDescription(pathsAndProblems[i + 1]);
            said.add(pathsAndProblems[i] + ": " + pathsAndProblems[i + 1]);
        }
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(Code.INVALID_ARGUMENT_VALUE)
                .setMessage(String.join("; ", said))
                .addDetails(Any.pack(bad.build()))
                .build());
    }

    static RuntimeException notFound(String what) {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(Code.NOT_FOUND_VALUE)
                .setMessage(what)
                .build());
    }

    static <T> void answer(StreamObserver<T> observer, T value) {
        observer.onNext(value);
        observer.onCompleted();
    }

    private final class Adapters extends AdapterServiceGrpc.AdapterServiceImplBase {
        private static NamedAdapter adapter(long step) {
            dev.thirteen.proto.policy.v1.ValueType bf16 = dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_BF16;
            byte[] values = ValueType.BF16.encode(new float[] {0.5f, -2});
            return NamedAdapter.newBuilder()
                    .setPolicyVersion(PolicyVersion.newBuilder().setRun("tiny").setStep(step))
                    .setAdapter(Adapter.newBuilder()
                            .setTinylora(
                                    TinyLoraSpec.newBuilder().setRank(2).setU(2).setValueType(bf16))
                            .setValues(ByteString.copyFrom(values)))
                    .setBaseModel(BaseModel.newBuilder().setFolder("base-folder"))
                    .setFamily("TinyLoRA")
                    .setTrainedNumbers(2)
                    .setDegreesOfFreedom(1)
                    .setValueBytes(4)
                    .build();
        }

        private static NamedAdapter imported(String name) {
            byte[] values = new byte[4 * 101];
            return NamedAdapter.newBuilder()
                    .setPolicyVersion(PolicyVersion.newBuilder().setRun(name).setStep(1))
                    .setAdapter(Adapter.newBuilder()
                            .setValueType(dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_FP32)
                            .setValues(ByteString.copyFrom(values)))
                    .setBaseModel(
                            BaseModel.newBuilder().setFolder("base-folder").setDigest(FakeTraining.BASE))
                    .setFamily("LoRA")
                    .setTrainedNumbers(101)
                    .setValueBytes(404)
                    .build();
        }

        @Override
        public void getAdapter(GetAdapterRequest request, StreamObserver<GetAdapterResponse> observer) {
            if (request.getRun().equals("mine")) {
                answer(
                        observer,
                        GetAdapterResponse.newBuilder()
                                .setAdapter(imported("mine"))
                                .build());
                return;
            }
            if (request.getRun().equals("large")) {
                NamedAdapter.Builder large = imported("large").toBuilder();
                large.getAdapterBuilder().clearValues().setValuesDigest(LARGE);
                answer(
                        observer,
                        GetAdapterResponse.newBuilder().setAdapter(large).build());
                return;
            }
            if (!request.getRun().equals("tiny")) {
                observer.onError(notFound("there is no run '" + request.getRun() + "'"));
                return;
            }
            NamedAdapter found = adapter(request.hasStep() ? request.getStep() : 3);
            answer(observer, GetAdapterResponse.newBuilder().setAdapter(found).build());
        }

        @Override
        public void listAdapters(ListAdaptersRequest request, StreamObserver<ListAdaptersResponse> observer) {
            answer(
                    observer,
                    ListAdaptersResponse.newBuilder()
                            .addAdapters(adapter(1))
                            .addAdapters(adapter(2))
                            .build());
        }

        @Override
        public void importAdapter(ImportAdapterRequest request, StreamObserver<ImportAdapterResponse> observer) {
            imports.add(request);
            if (request.getBaseModel().getFolder().equals("nowhere")) {
                observer.onError(notFound("there is no model folder nowhere"));
                return;
            }
            if (request.getConfig().contains("TINYLORA")) {
                observer.onError(Status.INVALID_ARGUMENT
                        .withDescription("adapter_model.safetensors lacks tensor base_model.tinylora_v.0")
                        .asRuntimeException());
                return;
            }
            answer(
                    observer,
                    ImportAdapterResponse.newBuilder()
                            .setAdapter(imported(request.getName()))
                            .build());
        }

        @Override
        public void exportAdapter(ExportAdapterRequest request, StreamObserver<ExportAdapterResponse> observer) {
            exports.add(request.getFormat());
            if (request.getFormat() == AdapterFormat.ADAPTER_FORMAT_MERGED) {
                for (int sent = 0; sent < 3; sent++) {
                    observer.onNext(ExportAdapterResponse.newBuilder()
                            .setPath("model.safetensors")
                            .setContent(ByteString.copyFrom(new byte[2_500_000]))
                            .setTotalBytes(7_500_015)
                            .build());
                }
                observer.onNext(piece("README.md", "thirteen-merged"));
                observer.onCompleted();
                return;
            }
            observer.onNext(piece("adapter_config.json", "{\"a\":"));
            observer.onNext(piece("adapter_config.json", "1}"));
            if (request.getStep() == 99) {
                observer.onError(Status.UNAVAILABLE.withDescription("gone").asRuntimeException());
                return;
            }
            observer.onNext(piece("README.md", "adapter"));
            observer.onCompleted();
        }

        private static ExportAdapterResponse piece(String path, String text) {
            return ExportAdapterResponse.newBuilder()
                    .setPath(path)
                    .setContent(ByteString.copyFromUtf8(text))
                    .build();
        }
    }

    private final class Generation extends GenerationServiceGrpc.GenerationServiceImplBase {
        @Override
        public void streamGenerate(StreamGenerateRequest request, StreamObserver<StreamGenerateResponse> observer) {
            generated.add(request.getRequest());
            observer.onNext(StreamGenerateResponse.newBuilder().setText("so #").build());
            observer.onNext(StreamGenerateResponse.newBuilder()
                    .setText("19")
                    .setFinishReason(FinishReason.FINISH_REASON_LENGTH)
                    .build());
            observer.onCompleted();
        }

        @Override
        public void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
            ScoreResponse.Builder scores = ScoreResponse.newBuilder();
            request.getCompletionsList()
                    .forEach(_ -> scores.addCompletions(TokenLogProbs.newBuilder()
                            .addTokenIds(7)
                            .addTokenIds(12)
                            .addLogProbs(-0.5f)
                            .addLogProbs(-1.25f)));
            answer(observer, scores.build());
        }
    }

    private static final class Rewards extends RewardServiceGrpc.RewardServiceImplBase {
        @Override
        public void score(
                dev.thirteen.proto.reward.v1.ScoreRequest request,
                StreamObserver<dev.thirteen.proto.reward.v1.ScoreResponse> observer) {
            if (!request.getTask().getScorer().equals("exact")) {
                observer.onError(badFields("task.scorer", "must be exact or numeric"));
                return;
            }
            var response = dev.thirteen.proto.reward.v1.ScoreResponse.newBuilder();
            response.addVerdictsBuilder()
                    .setKind(dev.thirteen.proto.rollout.v1.VerdictKind.VERDICT_KIND_CORRECT)
                    .setReward(1)
                    .setExtracted(request.getTask().getAnswer());
            answer(observer, response.build());
        }
    }
}
