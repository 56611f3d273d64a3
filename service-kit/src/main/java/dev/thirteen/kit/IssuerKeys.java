package dev.thirteen.kit;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.Key;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jose4j.http.Get;
import org.jose4j.jwk.HttpsJwks;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.keys.resolvers.HttpsJwksVerificationKeyResolver;
import org.jose4j.keys.resolvers.JwksVerificationKeyResolver;
import org.jose4j.keys.resolvers.VerificationKeyResolver;
import org.jose4j.lang.JoseException;
import org.jose4j.lang.UnresolvableKeyException;
import org.jspecify.annotations.Nullable;

/**
 * The keys of who signs tokens: from a file, which is read again when it changes; or from an address, which is asked again
 * for a key that is not known and where its answer has grown old. Shared by threads.
 */
final class IssuerKeys implements VerificationKeyResolver {
    private static final String DISCOVERY = "/.well-known/openid-configuration";
    private static final int TIMEOUT_MILLIS = 5000;

    private final String issuer;
    private final Optional<String> place;
    private final Get http = new Get();
    private @Nullable VerificationKeyResolver keys;
    private @Nullable FileTime read;

    /** @throws Failure CALLER where the file of the authority cannot be read */
    IssuerKeys(AuthSettings.Jwt settings, String issuer) {
        this.issuer = issuer;
        this.place = settings.jwks();
        http.setConnectTimeout(TIMEOUT_MILLIS);
        http.setReadTimeout(TIMEOUT_MILLIS);
        http.setRetries(0);
        settings.ca().ifPresent(file -> http.setTrustedCertificates(certificates(file)));
    }

    @Override
    public Key resolveKey(JsonWebSignature token, List<JsonWebStructure> around) throws UnresolvableKeyException {
        return resolver().resolveKey(token, around);
    }

    private synchronized VerificationKeyResolver resolver() throws UnresolvableKeyException {
        try {
            if (place.isPresent() && !place.get().contains("://")) return ofFile(Path.of(place.get()));
            VerificationKeyResolver known = keys;
            if (known == null) {
                HttpsJwks jwks = new HttpsJwks(place.isPresent() ? place.get() : discovered());
                jwks.setSimpleHttpGet(http);
                known = new HttpsJwksVerificationKeyResolver(jwks);
                keys = known;
            }
            return known;
        } catch (IOException | JoseException e) {
            throw new UnresolvableKeyException("the keys cannot be had", e);
        }
    }

    private VerificationKeyResolver ofFile(Path file) throws IOException, JoseException {
        FileTime changed = Files.getLastModifiedTime(file);
        VerificationKeyResolver known = keys;
        if (known != null && changed.equals(read)) return known;
        VerificationKeyResolver fresh =
                new JwksVerificationKeyResolver(new JsonWebKeySet(Files.readString(file)).getJsonWebKeys());
        keys = fresh;
        read = changed;
        return fresh;
    }

    private String discovered() throws IOException {
        String address = issuer.replaceAll("/$", "") + DISCOVERY;
        String found = new ObjectMapper()
                .readTree(http.get(address).getBody())
                .path("jwks_uri")
                .asText();
        if (found.isEmpty()) throw new IOException(address + " names no jwks_uri");
        return found;
    }

    private static List<X509Certificate> certificates(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            List<X509Certificate> all = new ArrayList<>();
            CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .forEach(one -> all.add((X509Certificate) one));
            return all;
        } catch (IOException | CertificateException e) {
            throw new Failure(Failure.Kind.CALLER, "thirteen.auth.jwt.ca: " + file + " cannot be read: " + e, e);
        }
    }
}
