import dev.thirteen.proto.reward.v1.VerifierJudgement;
import dev.thirteen.proto.reward.v1.VerifierServiceGrpc;
import dev.thirteen.proto.reward.v1.VerifyCompletion;
import dev.thirteen.proto.reward.v1.VerifyRequest;
import dev.thirteen.proto.reward.v1.VerifyResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** A reward of one's own: the share of the words of the right answer that a completion has. */
final class Verifier extends VerifierServiceGrpc.VerifierServiceImplBase {
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 50051;
        Server server = Grpc.newServerBuilderForPort(port, InsecureServerCredentials.create())
                .addService(new Verifier())
                .build()
                .start();
        System.out.println("verifier on port " + server.getPort());
        server.awaitTermination();
    }

    /** A pure function of the request: it may come twice. */
    @Override
    public void verify(VerifyRequest request, StreamObserver<VerifyResponse> observer) {
        Set<String> wanted = words(request.getAnswer());
        if (wanted.isEmpty()) {
            // An error is no reward: the group is parked with this reason.
            observer.onError(Status.INVALID_ARGUMENT
                    .withDescription("problem " + request.getProblemId() + " has no answer")
                    .asRuntimeException());
            return;
        }
        VerifyResponse.Builder response = VerifyResponse.newBuilder();
        for (VerifyCompletion completion : request.getCompletionsList()) {
            Set<String> found = words(completion.getText());
            found.retainAll(wanted);
            response.addJudgements(VerifierJudgement.newBuilder()
                    .setReward((double) found.size() / wanted.size())
                    .setDetail(found.size() + " of " + wanted.size() + " words")
                    .setCorrect(found.equals(wanted)));
        }
        observer.onNext(response.build());
        observer.onCompleted();
    }

    private static Set<String> words(String text) {
        Set<String> words = new HashSet<>(Arrays.asList(text.toLowerCase(Locale.ROOT).split("\\s+")));
        words.remove("");
        return words;
    }
}
