package dev.thirteen.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.Temporal;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.Timer;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class CoreIsPureTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.thirteen.core");

    @Test
    void coreKnowsOnlyTheLanguageCollectionsNumbersAndItself() {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "dev.thirteen.core..",
                                "java.lang",
                                "java.lang.annotation",
                                "java.lang.invoke",
                                "java.lang.runtime",
                                "java.math",
                                "java.util",
                                "java.util.function",
                                "java.util.regex",
                                "java.util.stream",
                                "org.jspecify.annotations")
                        .or(belongToAnyOf(Buffer.class, ByteBuffer.class, ByteOrder.class))
                        // A digest depends on bytes alone.
                        .or(belongToAnyOf(MessageDigest.class, NoSuchAlgorithmException.class))
                        // Times are values that callers give.
                        .or(belongToAnyOf(Duration.class, Instant.class, Temporal.class)))
                .check(CORE);
    }

    @Test
    void coreHasNoClockNoChanceAndNoThread() {
        noClasses()
                .should()
                .dependOnClassesThat(belongToAnyOf(
                        Clock.class,
                        Process.class,
                        Random.class,
                        RandomGenerator.class,
                        Runtime.class,
                        SplittableRandom.class,
                        Thread.class,
                        ThreadGroup.class,
                        ThreadLocal.class,
                        ThreadLocalRandom.class,
                        Timer.class,
                        UUID.class))
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(Collections.class, "shuffle", List.class)
                .check(CORE);
    }
}
