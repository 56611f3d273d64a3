package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.RunName;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.resolvers.VerificationKeyResolver;
import org.jspecify.annotations.Nullable;

/** Callers by the tokens that an OpenID provider signed. */
final class Tokens {
    private static final int SKEW_SECONDS = 30;
    /** Secrets that both sides know are none of an OpenID provider: what its public key signs must not pass. */
    private static final AlgorithmConstraints ASYMMETRIC = new AlgorithmConstraints(
            ConstraintType.PERMIT,
            AlgorithmIdentifiers.RSA_USING_SHA256,
            AlgorithmIdentifiers.RSA_USING_SHA384,
            AlgorithmIdentifiers.RSA_USING_SHA512,
            AlgorithmIdentifiers.RSA_PSS_USING_SHA256,
            AlgorithmIdentifiers.RSA_PSS_USING_SHA384,
            AlgorithmIdentifiers.RSA_PSS_USING_SHA512,
            AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256,
            AlgorithmIdentifiers.ECDSA_USING_P384_CURVE_AND_SHA384,
            AlgorithmIdentifiers.ECDSA_USING_P521_CURVE_AND_SHA512,
            AlgorithmIdentifiers.EDDSA);

    private final AuthSettings.Jwt settings;
    private final String issuer;
    private final VerificationKeyResolver keys;
    private final InstantSource clock;

    /** @throws Failure CALLER where settings are missing or files cannot be read */
    Tokens(AuthSettings.Jwt settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.issuer = settings.issuer()
                .orElseThrow(() -> new Failure(
                        Failure.Kind.CALLER, "thirteen.auth.jwt.issuer is needed with thirteen.auth.mode=tokens"));
        this.keys = new IssuerKeys(settings, issuer);
    }

    /** Whether a text has the form of a signed token: three parts in base64, the first of them JSON. */
    static boolean looksLikeOne(String text) {
        return text.startsWith("eyJ")
                && text.chars().filter(letter -> letter == '.').count() == 2;
    }

    /** The caller whom a token names. @throws Failure UNKNOWN_CALLER, OUTSIDE when the provider's keys cannot be had */
    Caller caller(String token) {
        JwtConsumerBuilder consumer = new JwtConsumerBuilder()
                .setVerificationKeyResolver(keys)
                .setJwsAlgorithmConstraints(ASYMMETRIC)
                .setExpectedIssuer(issuer)
                .setRequireExpirationTime()
                .setAllowedClockSkewInSeconds(SKEW_SECONDS)
                .setEvaluationTime(NumericDate.fromMilliseconds(clock.millis()));
        settings.audience().ifPresentOrElse(consumer::setExpectedAudience, consumer::setSkipDefaultAudienceValidation);
        try {
            return caller(consumer.build().processToClaims(token));
        } catch (InvalidJwtException e) {
            if (cause(e) instanceof IOException io) {
                throw new Failure(
                        Failure.Kind.OUTSIDE, "the keys of " + issuer + " cannot be had: " + io.getMessage(), e);
            }
            throw refused(problem(e), e);
        } catch (MalformedClaimException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        }
    }

    private static Throwable cause(Throwable thrown) {
        Throwable inner = thrown;
        while (inner.getCause() != null) inner = inner.getCause();
        return inner;
    }

    /** Not the token itself, which messages about its signature hold. */
    private String problem(InvalidJwtException e) {
        boolean unsigned = e.getCause() != null || e.hasErrorCode(ErrorCodes.SIGNATURE_INVALID);
        if (unsigned) return "it is not signed with a key of " + issuer;
        return e.getErrorDetails().stream()
                .findFirst()
                .map(error -> error.getErrorMessage().strip())
                .orElse("it cannot be read");
    }

    private Caller caller(JwtClaims claims) throws MalformedClaimException {
        String subject = claims.getSubject() == null ? "somebody" : claims.getSubject();
        Caller.Role role = role(claim(claims, settings.roleClaim()));
        Object tenant = claim(claims, settings.tenantClaim());
        if (tenant == null) return new Caller(subject, role, "");
        if (tenant instanceof String name && RunName.fitsTenant(name)) return new Caller(subject, role, name);
        throw refused("claim " + settings.tenantClaim() + " names no tenant: " + tenant, null);
    }

    private static @Nullable Object claim(JwtClaims claims, String path) {
        // A name with dots of its own, such as an address, is one claim.
        if (claims.hasClaim(path)) return claims.getClaimValue(path);
        Object found = claims.getClaimsMap();
        for (String name : path.split("\\.")) found = found instanceof Map<?, ?> map ? map.get(name) : null;
        return found;
    }

    private Caller.Role role(@Nullable Object claim) {
        Collection<?> said = claim instanceof Collection<?> many ? many : claim == null ? List.of() : List.of(claim);
        String prefix = settings.rolePrefix().orElse("");
        for (Caller.Role role : List.of(Caller.Role.ADMIN, Caller.Role.TRAIN, Caller.Role.INFER)) {
            if (said.contains(prefix + role.name().toLowerCase(Locale.ROOT))) return role;
        }
        throw new Failure(
                Failure.Kind.FORBIDDEN,
                "claim %s of the token has none of %sinfer, %strain and %sadmin"
                        .formatted(settings.roleClaim(), prefix, prefix, prefix));
    }

    private static Failure refused(String why, @Nullable Exception cause) {
        return new Failure(Failure.Kind.UNKNOWN_CALLER, "the token is not taken: " + why, cause, List.of());
    }
}
