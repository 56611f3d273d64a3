package dev.thirteen.system;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Rendered manifests as the API's own types; a field that the API does not know is a problem. */
final class Manifests {
    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private final List<HasMetadata> objects;

    private Manifests(List<HasMetadata> objects) {
        this.objects = objects;
    }

    /** Reads all documents; a wrong type is an exception that names the field. */
    static Manifests parse(String yaml) {
        List<HasMetadata> objects = new ArrayList<>();
        for (String document : yaml.split("(?m)^---\\s*$")) {
            if (document.replaceAll("(?m)^#.*$", "").isBlank()) continue;
            objects.add((HasMetadata) SERIALIZATION.<KubernetesResource>unmarshal(document, KubernetesResource.class));
        }
        return new Manifests(objects);
    }

    List<HasMetadata> objects() {
        return objects;
    }

    <T> T one(Class<T> type, String name) {
        return objects.stream()
                .filter(type::isInstance)
                .filter(object -> object.getMetadata().getName().equals(name))
                .map(type::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " " + name));
    }

    <T> List<T> all(Class<T> type) {
        return objects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** The specs of all pods, whatever makes them. */
    List<PodSpec> pods() {
        return Stream.of(
                        all(io.fabric8.kubernetes.api.model.apps.Deployment.class).stream()
                                .map(it -> it.getSpec().getTemplate().getSpec()),
                        all(io.fabric8.kubernetes.api.model.apps.StatefulSet.class).stream()
                                .map(it -> it.getSpec().getTemplate().getSpec()),
                        all(Job.class).stream()
                                .map(it -> it.getSpec().getTemplate().getSpec()),
                        all(io.fabric8.kubernetes.api.model.Pod.class).stream().map(it -> it.getSpec()))
                .flatMap(specs -> specs)
                .toList();
    }

    /** Kinds that are not of the API itself: nothing here knows their fields. */
    List<String> customKinds() {
        return objects.stream()
                .filter(GenericKubernetesResource.class::isInstance)
                .map(HasMetadata::getKind)
                .toList();
    }

    /** Fields that the API does not know, with their paths. */
    List<String> unknownFields() throws ReflectiveOperationException {
        List<String> unknown = new ArrayList<>();
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (HasMetadata object : objects) {
            if (object instanceof GenericKubernetesResource) continue;
            walk(object.getKind() + " " + object.getMetadata().getName(), object, unknown, seen);
        }
        return unknown;
    }

    private static void walk(String path, Object value, List<String> unknown, Set<Object> seen)
            throws ReflectiveOperationException {
        if (value instanceof Collection<?> items) {
            for (Object item : items) if (item != null) walk(path + "[]", item, unknown, seen);
        } else if (value instanceof Map<?, ?> entries) {
            for (Object item : entries.values()) if (item != null) walk(path + ".*", item, unknown, seen);
        } else if (value.getClass().getName().startsWith("io.fabric8") && !(value instanceof Enum) && seen.add(value)) {
            for (Method getter : value.getClass().getMethods()) get(path, value, getter, unknown, seen);
        }
    }

    private static void get(String path, Object value, Method getter, List<String> unknown, Set<Object> seen)
            throws ReflectiveOperationException {
        String name = getter.getName();
        if (getter.getParameterCount() > 0 || !name.startsWith("get") || name.equals("getClass")) return;
        if (Modifier.isStatic(getter.getModifiers())) return;
        Object field = getter.invoke(value);
        if (name.equals("getAdditionalProperties")) {
            if (field instanceof Map<?, ?> more && !more.isEmpty()) unknown.add(path + " " + more.keySet());
        } else if (field != null) {
            walk(path + "." + name.substring("get".length()), field, unknown, seen);
        }
    }
}
