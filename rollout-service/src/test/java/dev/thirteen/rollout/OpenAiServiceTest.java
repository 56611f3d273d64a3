package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Tokenizer;
import dev.thirteen.kit.CallLimit;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.Tokens;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.rollout.OpenAiClient.Answer;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The OpenAI dialect over HTTP, on a tiny random checkpoint. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class OpenAiServiceTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";
    private static final String TEN = "'model':'qwen2-tied','prompt':[5,6,7],'max_tokens':10,'seed':3";
    private static final String HELLO =
            "'model':'qwen2-tied','messages':[{'role':'user','content':'Hello'}],'max_completion_tokens':8,'seed':3";

    @TestHTTPResource
    URI root;

    @Inject
    Policies policies;

    @Inject
    AdapterDirectory directory;

    @Inject
    DecodeLoop loop;

    @Inject
    CallLimit limit;

    private Surroundings around;
    private OpenAiClient client;

    @BeforeEach
    void open() throws Exception {
        around = new Surroundings(policies);
        client = new OpenAiClient(root);
    }

    @AfterEach
    void close() {
        client.close();
        around.close();
    }

    @Test
    void aCompletionIsThatOfGenerate() throws Exception {
        Completion ours = generate(10, "").getFirst();

        JsonNode answer = client.post(COMPLETIONS, "{" + TEN + ",'logprobs':2}").json();

        assertThat(answer.path("object").textValue()).isEqualTo("text_completion");
        assertThat(answer.path("model").textValue()).isEqualTo("qwen2-tied");
        assertThat(answer.path("usage").toString())
                .isEqualTo("{\"prompt_tokens\":3,\"completion_tokens\":10,\"total_tokens\":13}");
        JsonNode choice = answer.path("choices").get(0);
        assertThat(choice.path("text").textValue()).isEqualTo(ours.getText());
        assertThat(choice.path("finish_reason").textValue()).isEqualTo("length");
        JsonNode logProbs = choice.path("logprobs");
        assertThat(logProbs.path("tokens")).hasSize(10);
        for (int i = 0; i < 10; i++) {
            assertThat(logProbs.path("token_logprobs").get(i).floatValue())
                    .isCloseTo(ours.getRawLogProbs(i), within(1e-4f));
            assertThat(logProbs.path("top_logprobs").get(i)).hasSizeBetween(2, 3);
        }
        assertThat(logProbs.path("text_offset").get(0).intValue()).isZero();
    }

    @Test
    void aChatHasAMessageAndTheLikeliestTokens() throws Exception {
        JsonNode answer = client.post(CHAT, "{" + HELLO + ",'logprobs':true,'top_logprobs':20}")
                .json();

        JsonNode choice = answer.path("choices").get(0);
        assertThat(answer.path("object").textValue()).isEqualTo("chat.completion");
        assertThat(choice.path("message").path("role").textValue()).isEqualTo("assistant");
        assertThat(choice.path("message").path("content").isTextual()).isTrue();
        JsonNode token = choice.path("logprobs").path("content").get(0);
        assertThat(token.path("logprob").floatValue()).isNegative();
        assertThat(token.path("top_logprobs")).hasSize(20);
        assertThat(client.post(CHAT, "{" + HELLO.replace("'Hello'", "[{'type':'text','text':'Hello'}]") + "}")
                        .json()
                        .path("choices")
                        .get(0)
                        .path("message"))
                .isEqualTo(choice.path("message"));
    }

    @Test
    void aStreamTellsTheSameAsTheWhole() throws Exception {
        JsonNode whole =
                client.post(COMPLETIONS, "{" + TEN + ",'n':2,'logprobs':0}").json();
        List<JsonNode> chunks = client.stream(
                COMPLETIONS, "{" + TEN + ",'n':2,'logprobs':0,'stream':true,'stream_options':{'include_usage':true}}");

        for (int index = 0; index < 2; index++) {
            StringBuilder text = new StringBuilder();
            List<String> tokens = new ArrayList<>();
            String finish = "";
            for (JsonNode chunk : chunks.subList(0, chunks.size() - 1)) {
                JsonNode choice = chunk.path("choices").get(0);
                if (choice.path("index").intValue() != index) continue;
                text.append(choice.path("text").textValue());
                choice.path("logprobs").path("tokens").forEach(token -> tokens.add(token.textValue()));
                finish = choice.path("finish_reason").asText();
                assertThat(chunk.path("usage").isNull()).isTrue();
            }
            JsonNode choice = whole.path("choices").get(index);
            assertThat(text.toString()).isEqualTo(choice.path("text").textValue());
            assertThat(tokens).isEqualTo(texts(choice.path("logprobs").path("tokens")));
            assertThat(finish).isEqualTo(choice.path("finish_reason").textValue());
        }
        assertThat(chunks.getLast().path("choices")).isEmpty();
        assertThat(chunks.getLast().path("usage")).isEqualTo(whole.path("usage"));
    }

    @Test
    void aChatStreamBeginsWithTheRole() throws Exception {
        List<JsonNode> chunks = client.stream(CHAT, "{" + HELLO + ",'stream':true}");

        assertThat(chunks).allMatch(chunk -> chunk.path("object").textValue().equals("chat.completion.chunk"));
        assertThat(chunks.getFirst().at("/choices/0/delta/role").textValue()).isEqualTo("assistant");
        assertThat(chunks).noneMatch(chunk -> chunk.has("usage"));
        assertThat(chunks.getLast().at("/choices/0/finish_reason").isTextual()).isTrue();
    }

    @Test
    void aStopStringIsNeverSentAndItsTokensAreNotTold() throws Exception {
        String text = generate(10, "").getFirst().getText();
        String stop = text.substring(text.length() / 2, text.length() / 2 + 2);
        String body = new ObjectMapper().writeValueAsString(stop);
        Completion ours = generate(10, stop).getFirst();

        JsonNode whole = client.post(COMPLETIONS, "{" + TEN + ",'logprobs':0,'stop':" + body + "}")
                .json();
        List<JsonNode> chunks = client.stream(COMPLETIONS, "{" + TEN + ",'stream':true,'stop':[" + body + ",'never']}");

        JsonNode choice = whole.path("choices").get(0);
        assertThat(choice.path("text").textValue()).isEqualTo(ours.getText()).doesNotContain(stop);
        assertThat(choice.path("finish_reason").textValue()).isEqualTo("stop");
        assertThat(whole.path("usage").path("completion_tokens").intValue()).isEqualTo(ours.getTokenIdsCount());
        assertThat(choice.path("logprobs").path("tokens").size()).isLessThanOrEqualTo(ours.getTokenIdsCount());
        assertThat(String.join(
                        "",
                        chunks.stream()
                                .map(c -> c.at("/choices/0/text").textValue())
                                .toList()))
                .isEqualTo(ours.getText());
    }

    @Test
    void offsetsCountCharactersAndNotTheirHalves() {
        BaseModel model = BaseModel.newBuilder().setFolder("qwen2-tied").build();
        Tokenizer tokenizer = policies.base(model).tokenizer();
        OpenAiChoice choice = new OpenAiChoice(0, tokenizer, List.of());

        List<Integer> offsets = Arrays.stream(tokenizer.encode("\uD83D\uDE00\uD83D\uDE00", false))
                .mapToObj(id -> new Decoder.Token(0, 0, id, -1, -1, List.of(), null))
                .flatMap(token -> choice.add(token).lines().stream())
                .map(OpenAiChoice.Line::offset)
                .toList();

        assertThat(offsets).startsWith(0).contains(1).doesNotContain(2);
    }

    @Test
    void severalPromptsOfAllFormsMakeChoicesInOrder() throws Exception {
        JsonNode texts = client.post(COMPLETIONS, "{'model':'qwen2-tied','prompt':['a','b'],'n':2,'max_tokens':3}")
                .json()
                .path("choices");
        JsonNode ids = client.post(COMPLETIONS, "{'model':'qwen2-tied','prompt':[[5,6],[7]],'max_tokens':3}")
                .json()
                .path("choices");

        assertThat(texts).extracting(choice -> choice.path("index").intValue()).containsExactly(0, 1, 2, 3);
        assertThat(ids).hasSize(2);
    }

    @Test
    void theSamplingOfTheDialectIsOurs() throws Exception {
        String banned = client.post(
                        COMPLETIONS,
                        "{'model':'qwen2-tied','prompt':[5],'max_tokens':2,'logit_bias':{'17':100},'logprobs':0}")
                .json()
                .at("/choices/0/text")
                .textValue();
        assertThat(banned).isEqualTo(around.base.tokenizer().decode(new int[] {17, 17}, true));
        String all = "{" + TEN + ",'top_k':5,'min_p':0.1,'top_p':0.9,'repetition_penalty':1.2,'temperature':0.7}";
        assertThat(client.post(COMPLETIONS, all).json().path("choices"))
                .isEqualTo(client.post(COMPLETIONS, all).json().path("choices"));
    }

    @Test
    void anAdapterAnswersByNameAndTheReplySaysWhich() throws Exception {
        around.trainer.commit(around.named("speaks", 4, around.adapter(0, 0, 0)));
        around.commitLatest(directory, around.named("speaks", 5, around.adapter));
        String body = "{" + TEN.replace("qwen2-tied", "qwen2-tied:speaks@latest") + "}";

        Answer adapted = client.post(COMPLETIONS, body);
        Answer base = client.post(COMPLETIONS, "{" + TEN + "}");

        assertThat(adapted.json().path("model").textValue()).isEqualTo("qwen2-tied:speaks@5");
        assertThat(adapted.header("x-thirteen-provenance"))
                .startsWith("run=\"speaks\", step=5, ")
                .contains(
                        "adapter-digest=\"" + around.adapter.getDigest() + "\"",
                        "basis-digest=\"" + around.basis.digest() + "\"",
                        "base-digest=\"" + around.base.digest() + "\"",
                        "engine-build=\"thirteen-");
        assertThat(base.header("x-thirteen-provenance")).startsWith("base-digest=");
        assertThat(adapted.json().path("system_fingerprint").textValue())
                .startsWith("fp_")
                .isNotEqualTo(base.json().path("system_fingerprint").textValue());
        assertThat(adapted.json().path("choices")).isNotEqualTo(base.json().path("choices"));
    }

    @Test
    void modelsAreBasesAndTheLatestOfEveryRun() throws Exception {
        around.trainer.commit(around.named("listed", 4, around.adapter(0, 0, 0)));
        around.commitLatest(directory, around.named("listed", 5, around.adapter));

        assertThat(ids()).contains("qwen2-tied", "smollm2-like").doesNotContain("qwen2-tied:listed@4");
        assertThat(client.get("/v1/models/qwen2-tied").json().path("object").textValue())
                .isEqualTo("model");
        assertThat(client.get("/v1/models/qwen2-tied%3Alisted@4")
                        .json()
                        .path("id")
                        .textValue())
                .isEqualTo("qwen2-tied:listed@4");
        assertThat(client.get("/v1/models/nothing").json().at("/error/code").textValue())
                .isEqualTo("model_not_found");
    }

    private List<String> ids() {
        try {
            List<String> ids = new ArrayList<>();
            client.get("/v1/models")
                    .json()
                    .path("data")
                    .forEach(model -> ids.add(model.path("id").textValue()));
            return ids;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'tools':[{'type':'function'}] | tools",
                "'response_format':{'type':'json_object'} | response_format",
                "'functions':[{}] | functions",
                "'frequency_penalty':0.5 | frequency_penalty",
                "'presence_penalty':-1 | presence_penalty",
                "'suffix':'x' | suffix",
                "'surprise':1 | surprise",
                "'temperature':101 | temperature",
                "'temperature':'hot' | temperature",
                "'temperature':1e-45 | temperature",
                "'repetition_penalty':1e-40 | repetition_penalty",
                "'top_p':0 | top_p",
                "'min_p':2 | min_p",
                "'n':0 | n",
                "'n':65 | n",
                "'seed':1.5 | seed",
                "'stop':['a',''] | stop",
                "'logit_bias':{'640':1} | logit_bias",
                "'logit_bias':{'x':1} | logit_bias",
                "'stream_options':{'include_usage':true} | stream_options",
                "'top_logprobs':3 | top_logprobs",
                "'messages':[{'role':'tool','content':''}] | messages[0].role",
                "'messages':[{'role':'user','content':[{'type':'image_url'}]}] | messages[0].content[0].type",
                "'messages':[{'role':'user','content':[{'type':'text'}]}] | messages[0].content[0].text",
                "'messages':[{'role':'user','content':['a']}] | messages[0].content[0]",
                "'messages':[{'role':'user','content':[{'type':'text','text':'a','foo':1}]}] | messages[0].content[0].foo",
                "'response_format':{'type':'text','foo':1} | response_format.foo",
                "'response_format':'text' | response_format",
                "'stream':true,'stream_options':{'foo':1} | stream_options.foo",
                "'messages':[{'role':'user','content':'','name':'x'}] | messages[0].name",
                "'messages':[] | messages"
            })
    void whatCannotBeDoneIsRefusedByItsName(String field, String param) throws Exception {
        String body = field.startsWith("'messages'") ? "'model':'qwen2-tied'" : HELLO.replace(",'seed':3", "");

        Answer refused = client.post(CHAT, "{" + body + "," + field + "}");

        assertThat(refused.http().statusCode()).as(refused.http().body()).isEqualTo(400);
        assertThat(refused.json().at("/error/type").textValue()).isEqualTo("invalid_request_error");
        assertThat(refused.json().at("/error/param").textValue()).isEqualTo(param);
    }

    @Test
    void aChatWithoutTemplateIsRefusedBeforeTheModelIsLoaded() throws Exception {
        for (String form : List.of("", ",'stream':true")) {
            Answer refused = client.post(CHAT, "{" + HELLO.replace("qwen2-tied", "llama-biases") + form + "}");

            assertError(refused, 400, null);
            assertThat(refused.json().at("/error/message").textValue())
                    .contains("llama-biases has neither chat_template.jinja");
        }
        assertThat(policies.loaded(
                        BaseModel.newBuilder().setFolder("llama-biases").build()))
                .isFalse();
        assertError(client.post(CHAT, "{" + HELLO.replace("qwen2-tied", "gpt-5") + "}"), 404, "model_not_found");
    }

    @Test
    void completionsRefuseEchoBestOfManyLogProbsAndWhatIsNoPrompt() throws Exception {
        for (String field : List.of("'echo':true", "'best_of':2", "'logprobs':6", "'suffix':'x'")) {
            JsonNode error = client.post(COMPLETIONS, "{" + TEN + "," + field + "}")
                    .json()
                    .path("error");
            assertThat(error.path("param").textValue()).isEqualTo(field.split("'")[1]);
        }
        for (String prompt :
                List.of("", ",'prompt':{'a':5}", ",'prompt':5", ",'prompt':[]", ",'prompt':[[5],{'a':5}]")) {
            Answer refused = client.post(COMPLETIONS, "{'model':'qwen2-tied'" + prompt + "}");
            assertThat(refused.json().at("/error/param").textValue()).as(prompt).isEqualTo("prompt");
        }
    }

    /** ~ for a backslash. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "completions | 'prompt':'a~ud83d' | prompt",
                "completions | 'prompt':['a','~ude00b'] | prompt",
                "completions | 'prompt':'a','stop':'~ud83d~ud83d' | stop",
                "completions | 'prompt':'a','stop':['a','~ude00~ud83d'] | stop",
                "completions | 'prompt':'a','user':'~ud83d' | user",
                "chat/completions | 'messages':[{'role':'user','content':'~ude00'}] | messages[0].content",
                "chat/completions | 'messages':[{'role':'user','content':[{'type':'text','text':'~ude00'}]}]"
                        + " | messages[0].content[0].text",
            })
    void halfOfASurrogatePairIsRefusedByItsField(String path, String fields, String param) throws Exception {
        String body = "{'model':'qwen2-tied','max_tokens':1," + fields.replace('~', '\\') + "}";

        Answer refused = client.post("/v1/" + path, body);

        assertThat(refused.http().statusCode()).isEqualTo(400);
        assertThat(refused.json().at("/error/param").textValue()).isEqualTo(param);
        assertThat(refused.json().at("/error/message").textValue())
                .isEqualTo(param + ": has half of a surrogate pair, which is no character");
    }

    @Test
    void aSurrogatePairIsACharacter() throws Exception {
        Answer pair = client.post(
                COMPLETIONS, "{'model':'qwen2-tied','prompt':'~ud83d~ude00','max_tokens':1}".replace('~', '\\'));
        Answer character = client.post(COMPLETIONS, "{'model':'qwen2-tied','prompt':'\uD83D\uDE00','max_tokens':1}");

        assertThat(pair.http().statusCode()).isEqualTo(200);
        assertThat(pair.json().path("usage")).isEqualTo(character.json().path("usage"));
    }

    @Test
    void nullsAndDefaultsOfWhatWeLackAreAccepted() throws Exception {
        String chat = ",'tools':null,'tool_choice':'none','response_format':{'type':'text'},'functions':[],"
                + "'frequency_penalty':0,'presence_penalty':0.0,'parallel_tool_calls':true,'store':false,'user':'me'}";
        assertThat(client.post(CHAT, "{" + HELLO + chat).http().statusCode()).isEqualTo(200);
        String completion = ",'echo':false,'best_of':1,'suffix':null,'logprobs':null,'unheard_of':null,'stream':false}";
        assertThat(client.post(COMPLETIONS, "{" + TEN + completion).http().statusCode())
                .isEqualTo(200);
    }

    @Test
    void otherErrorsHaveTheirStatus() throws Exception {
        assertError(client.post(COMPLETIONS, "{'model':"), 400, null);
        assertError(client.post(COMPLETIONS, ""), 400, null);
        assertError(client.post(COMPLETIONS, "{'model':'x','model':'y'}"), 400, null);
        assertError(client.post(COMPLETIONS, "{" + TEN.replace("qwen2-tied", "gpt-5") + "}"), 404, "model_not_found");
        assertError(
                client.post(COMPLETIONS, "{" + TEN.replace("qwen2-tied", "qwen2-tied:nobody@3") + "}"),
                404,
                "model_not_found");
        assertError(
                client.post(COMPLETIONS, "{" + TEN.replace("qwen2-tied", "../golden") + "}"), 404, "model_not_found");
        assertError(
                client.post(COMPLETIONS, "{'model':'qwen2-tied','prompt':'a','max_tokens':40000}"),
                400,
                "context_length_exceeded");
        assertError(
                client.post(COMPLETIONS, "{'model':'qwen2-tied','prompt':'a','max_tokens':2147483647}"),
                400,
                "context_length_exceeded");
        Answer noToken = client.post(COMPLETIONS, "{'model':'qwen2-tied','prompt':[640]}");
        assertError(noToken, 400, null);
        assertThat(noToken.json().at("/error/param").textValue()).isEqualTo("prompt");
        Answer endless = client.post(COMPLETIONS, "{'model':'qwen2-tied','prompt':'" + "1+".repeat(2_000_000) + "'}");
        assertError(endless, 400, "context_length_exceeded");
        assertThat(endless.json().at("/error/message").textValue()).contains("4000000 characters");
        Answer many = client.post(COMPLETIONS, "{'prompt':[" + "{},".repeat(1_000_000) + "0]}");
        assertError(many, 400, null);
        assertThat(many.json().at("/error/message").textValue()).startsWith("the body has over 1048576 JSON tokens");
        assertThat(client.status(COMPLETIONS, "Expect: 200-a-miracle")).isEqualTo(417);
        assertError(client.get("/v1/models/%00"), 404, "model_not_found");
        assertError(client.post(COMPLETIONS, "{'prompt':'" + "x".repeat(9_000_000) + "'}"), 413, null);
        assertError(client.post("/v1/embeddings", "{}"), 404, "unknown_url");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | /v1/completions | POST, OPTIONS",
                "HEAD | /v1/completions | POST, OPTIONS",
                "DELETE | /v1/chat/completions | POST, OPTIONS",
                "POST | /v1/models | GET, HEAD, OPTIONS",
                "DELETE | /v1/models/qwen2-tied | GET, HEAD, OPTIONS"
            })
    void aMethodThatAPathLacksIsRefusedWithThoseThatItHas(String method, String path, String allowed) throws Exception {
        Answer refused = client.call(method, path);

        assertThat(refused.http().statusCode()).isEqualTo(405);
        assertThat(refused.header("Allow")).isEqualTo(allowed);
        if (!method.equals("HEAD")) assertError(refused, 405, "method_not_supported");
        Answer options = client.call("OPTIONS", path);
        assertThat(options.http().statusCode()).isEqualTo(204);
        assertThat(options.header("Allow")).isEqualTo(allowed);
    }

    @Test
    void headIsGetWithoutItsBody() throws Exception {
        Answer head = client.call("HEAD", "/v1/models/qwen2-tied");

        assertThat(head.http().statusCode()).isEqualTo(200);
        assertThat(head.http().body()).isEmpty();
        assertThat(head.header("Content-Type")).isEqualTo("application/json");
        assertThat(client.call("HEAD", "/v1/models/nothing").http().statusCode())
                .isEqualTo(404);
        assertThat(client.call("OPTIONS", "/v1/embeddings").http().statusCode()).isEqualTo(404);
    }

    private static void assertError(Answer answer, int status, String code) {
        assertThat(answer.http().statusCode()).isEqualTo(status);
        assertThat(answer.json().at("/error/message").textValue()).isNotEmpty();
        assertThat(answer.json().at("/error/code").textValue()).isEqualTo(code);
    }

    @Test
    void aClientThatGoesAwayFreesItsRows() throws Exception {
        for (String form : List.of("", ",'stream':true")) {
            try (OpenAiClient hasty = new OpenAiClient(root)) {
                CompletableFuture<HttpResponse<String>> call =
                        hasty.later(COMPLETIONS, "{" + Endless.fields(Endless.LONG) + form + "}");
                Surroundings.await(() -> loop.runningRows() == 1);
                long running = loop.totals().tokens();
                Surroundings.await(() -> loop.totals().tokens() > running + 3);
                assertThat(call.isDone()).isFalse();
            }
            long gone = loop.totals().tokens();
            Surroundings.await(() -> loop.runningRows() == 0);
            assertThat(loop.totals().tokens() - gone).isLessThan(Endless.LONG / 2);
            Surroundings.await(() -> limit.open() == 0);
        }
    }

    @Test
    void aClientThatGoesInTheMiddleOfItsBodyLeavesNothingOpen() throws Exception {
        try (Socket client = new Socket(root.getHost(), root.getPort())) {
            String head = "POST " + COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{";
            client.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            Surroundings.await(() -> limit.open() == 1);
        }
        Surroundings.await(() -> limit.open() == 0);
    }

    @Test
    void aFullQueueIsRefusedWithATimeToRetry() throws Exception {
        List<InputStream> streams = new ArrayList<>();
        try (OpenAiClient greedy = new OpenAiClient(root)) {
            String call = "{" + Endless.fields();
            for (int i = 0; i < 16; i++) streams.add(greedy.open(COMPLETIONS, call + ",'stream':true}"));
            for (int i = 0; i < 2; i++) greedy.later(COMPLETIONS, call + "}");
            Surroundings.await(() -> loop.queuedRows() == 2);

            Answer full = client.post(COMPLETIONS, "{" + TEN + ",'stream':true}");

            assertError(full, 429, "rate_limit_exceeded");
            assertThat(full.header("Retry-After")).isEqualTo("1");
        }
        Surroundings.await(() -> loop.runningRows() == 0 && loop.queuedRows() == 0);
    }

    private List<Completion> generate(int maxTokens, String stop) {
        Sampling.Builder sampling =
                Sampling.newBuilder().setTemperature(1).setMaxTokens(maxTokens).setSeed(3);
        if (!stop.isEmpty()) sampling.addStop(stop);
        return around.client()
                .generate(GenerateRequest.newBuilder()
                        .setPolicy(Policy.newBuilder().setBaseModel(around.baseModel()))
                        .setPrompt(Prompt.newBuilder()
                                .setTokens(Tokens.newBuilder().addAllIds(List.of(5, 6, 7))))
                        .setSampling(sampling)
                        .build())
                .getCompletionsList();
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }
}
