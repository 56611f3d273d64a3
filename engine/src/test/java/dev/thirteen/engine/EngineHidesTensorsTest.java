package dev.thirteen.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

class EngineHidesTensorsTest {
    private static final JavaClasses ENGINE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.thirteen.engine");

    private static final DescribedPredicate<JavaClass> DJL =
            DescribedPredicate.describe("DJL", type -> type.getPackageName().startsWith("ai.djl"));
    private static final DescribedPredicate<List<JavaClass>> WITH_DJL =
            DescribedPredicate.describe("DJL", types -> types.stream().anyMatch(DJL));

    @Test
    void noPublicMethodShowsATensor() {
        methods()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .should()
                .notHaveRawReturnType(DJL)
                .andShould()
                .notHaveRawParameterTypes(WITH_DJL)
                .check(ENGINE);
    }

    @Test
    void theEngineKnowsNoWire() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "com.google.protobuf..", "io.grpc..", "io.quarkus..", "org.apache.kafka..", "java.net..")
                .check(ENGINE);
    }
}
