package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens of a provider whose keys are made here. */
class TokensTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String ISSUER = "https://login.example/realm";
    private static RsaJsonWebKey key;
    private static RsaJsonWebKey other;

    @TempDir
    private Path folder;

    private final Map<String, String> settings = new HashMap<>();

    @BeforeAll
    static void makeKeys() throws Exception {
        key = named("one", RsaJwkGenerator.generateJwk(2048));
        other = named("two", RsaJwkGenerator.generateJwk(2048));
    }

    @BeforeEach
    void publish() throws IOException {
        settings.put("thirteen.auth.mode", "tokens");
        settings.put("thirteen.auth.jwt.issuer", ISSUER);
        settings.put("thirteen.auth.jwt.jwks", publish(key).toString());
    }

    @Test
    void aTokenNamesCallerRoleAndTenant() throws Exception {
        assertThat(tokens().caller(token(key, claims -> {}))).isEqualTo(new Caller("ann", Caller.Role.TRAIN, "acme"));
        assertThat(tokens().caller(token(key, claims -> claims.unsetClaim("tenant")))
                        .tenant())
                .isEmpty();
        assertThat(tokens().caller(token(key, claims -> claims.setClaim("roles", "infer")))
                        .role())
                .isEqualTo(Caller.Role.INFER);
    }

    @Test
    void claimsLieWhereTheProviderPutsThem() throws Exception {
        settings.put("thirteen.auth.jwt.role-claim", "realm_access.roles");
        settings.put("thirteen.auth.jwt.role-prefix", "thirteen-");
        settings.put("thirteen.auth.jwt.tenant-claim", "https://example.com/tenant");
        String token = token(key, claims -> {
            claims.setClaim("realm_access", Map.of("roles", List.of("offline", "thirteen-infer", "thirteen-admin")));
            claims.setClaim("https://example.com/tenant", "globex");
        });

        assertThat(tokens().caller(token)).isEqualTo(new Caller("ann", Caller.Role.ADMIN, "globex"));
    }

    @Test
    void whatIsNotSignedByTheIssuerForUsAndNowIsRefused() throws Exception {
        settings.put("thirteen.auth.jwt.audience", "thirteen");
        refused(Kind.UNKNOWN_CALLER, token(other, claims -> {}));
        refused(Kind.UNKNOWN_CALLER, token(key, claims -> claims.setIssuer("https://elsewhere.example")));
        refused(Kind.UNKNOWN_CALLER, token(key, claims -> claims.setAudience("another service")));
        refused(Kind.UNKNOWN_CALLER, token(key, claims -> claims.setExpirationTime(at(NOW.minusSeconds(60)))));
        refused(Kind.UNKNOWN_CALLER, token(key, claims -> claims.setNotBefore(at(NOW.plusSeconds(60)))));
        refused(Kind.UNKNOWN_CALLER, token(key, claims -> claims.unsetClaim("exp")));
        refused(Kind.UNKNOWN_CALLER, token(key, claims -> claims.setClaim("tenant", "a.b")));
        refused(Kind.UNKNOWN_CALLER, token(key, claims -> {}).replaceAll("[^.]*$", ""));
        refused(Kind.FORBIDDEN, token(key, claims -> claims.setClaim("roles", List.of("viewer"))));
        assertThat(tokens().caller(token(key, claims -> {})).name()).isEqualTo("ann");
    }

    /** The oldest trick: the public key, which everybody has, taken as a secret (CVE-2015-9235). */
    @Test
    void thePublicKeyIsNoSecret() throws Exception {
        JsonWebSignature forged = new JsonWebSignature();
        forged.setPayload(claims().toJson());
        forged.setKeyIdHeaderValue("one");
        forged.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
        forged.setKey(new HmacKey(key.getPublicKey().getEncoded()));
        refused(Kind.UNKNOWN_CALLER, forged.getCompactSerialization());
    }

    @Test
    void aFileOfKeysIsReadAgainWhenItChanges() throws Exception {
        Tokens tokens = tokens();
        tokens.caller(token(key, claims -> {}));
        Files.setLastModifiedTime(publish(other), java.nio.file.attribute.FileTime.from(NOW));
        assertThat(tokens.caller(token(other, claims -> {})).name()).isEqualTo("ann");
    }

    @Test
    void keysAreDiscoveredAndAskedForAgainWhenOneIsNotKnown() throws Exception {
        HttpServer provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        String address = "http://127.0.0.1:" + provider.getAddress().getPort();
        serve(provider, "/.well-known/openid-configuration", "{\"jwks_uri\": \"" + address + "/keys\"}");
        provider.createContext("/keys", exchange -> {
            byte[] answer = Files.readAllBytes(folder.resolve("jwks"));
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        settings.remove("thirteen.auth.jwt.jwks");
        settings.put("thirteen.auth.jwt.issuer", address);
        Tokens tokens = tokens();
        String token = token(key, claims -> claims.setIssuer(address));
        provider.start();
        try {
            assertThat(tokens.caller(token).name()).isEqualTo("ann");
            publish(other);
            // It is not asked again at once, whoever makes up the names of keys.
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (!taken(tokens, token(other, claims -> claims.setIssuer(address)))) {
                assertThat(System.nanoTime()).isLessThan(end);
            }
        } finally {
            provider.stop(0);
        }
    }

    @Test
    void aProviderThatIsAwayIsNoFaultOfTheToken() throws Exception {
        settings.remove("thirteen.auth.jwt.jwks");
        settings.put("thirteen.auth.jwt.issuer", "http://127.0.0.1:1");
        refused(Kind.OUTSIDE, token(key, claims -> claims.setIssuer("http://127.0.0.1:1")));
    }

    @Test
    void anIssuerIsNeeded() {
        settings.remove("thirteen.auth.jwt.issuer");
        assertThatThrownBy(this::tokens)
                .hasMessage("thirteen.auth.jwt.issuer is needed with thirteen.auth.mode=tokens");
    }

    @Test
    void keysAndTokensEnterByTheSameDoor() throws Exception {
        String digest = Digests.sha256("the services' key".getBytes(StandardCharsets.UTF_8))
                .replace("sha256:", "");
        settings.put(
                "thirteen.auth.keys-file",
                Files.writeString(folder.resolve("keys"), "services admin " + digest)
                        .toString());
        Access access = new Access(
                Settings.of(AuthSettings.class, settings),
                new Quotas(Settings.of(QuotaSettings.class, Map.of())),
                InstantSource.fixed(NOW));

        assertThat(access.enter("Bearer " + token(key, claims -> {}), Caller.Role.TRAIN)
                        .tenant())
                .isEqualTo("acme");
        assertThat(access.enter("Bearer the services' key", Caller.Role.ADMIN).name())
                .isEqualTo("services");
        assertThatThrownBy(() -> access.enter("Bearer " + token(key, claims -> {}), Caller.Role.ADMIN))
                .hasMessage("'ann' has the role train, this needs admin");
    }

    private static boolean taken(Tokens tokens, String token) {
        try {
            return tokens.caller(token).name().equals("ann");
        } catch (Failure notYet) {
            return false;
        }
    }

    private Tokens tokens() {
        return new Tokens(Settings.of(AuthSettings.class, settings).jwt(), InstantSource.fixed(NOW));
    }

    private void refused(Kind kind, String token) {
        assertThatThrownBy(() -> tokens().caller(token)).satisfies(thrown -> {
            assertThat(((Failure) thrown).kind()).isEqualTo(kind);
            assertThat(thrown.getMessage()).doesNotContain(token);
        });
    }

    private Path publish(RsaJsonWebKey one) throws IOException {
        return Files.writeString(
                folder.resolve("jwks"), new JsonWebKeySet(one).toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY));
    }

    private static void serve(HttpServer server, String path, String text) {
        server.createContext(path, exchange -> {
            exchange.sendResponseHeaders(200, text.length());
            exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
    }

    private static RsaJsonWebKey named(String id, RsaJsonWebKey key) {
        key.setKeyId(id);
        return key;
    }

    private static JwtClaims claims() {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(ISSUER);
        claims.setSubject("ann");
        claims.setAudience("thirteen");
        claims.setExpirationTime(at(NOW.plusSeconds(300)));
        claims.setClaim("roles", List.of("infer", "train"));
        claims.setClaim("tenant", "acme");
        return claims;
    }

    private static NumericDate at(Instant time) {
        return NumericDate.fromMilliseconds(time.toEpochMilli());
    }

    private static String token(RsaJsonWebKey signer, Consumer<JwtClaims> change) throws Exception {
        JwtClaims claims = claims();
        change.accept(claims);
        JsonWebSignature token = new JsonWebSignature();
        token.setPayload(claims.toJson());
        token.setKeyIdHeaderValue(signer.getKeyId());
        token.setAlgorithmHeaderValue(AlgorithmIdentifiers.RSA_USING_SHA256);
        token.setKey(signer.getPrivateKey());
        return token.getCompactSerialization();
    }
}
