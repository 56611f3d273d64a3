package dev.thirteen.cli;

import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.StreamAnswersRequest;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The answers of an evaluation as they come from eval-service. */
final class AnswerStream {
    private AnswerStream() {}

    static Stream<EvaluationAnswer> of(Services services, String id) {
        var responses = services.evaluation()
                .streamAnswers(StreamAnswersRequest.newBuilder().setId(id).build());
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(responses, Spliterator.ORDERED), false)
                .flatMap(response -> response.getAnswersList().stream());
    }
}
