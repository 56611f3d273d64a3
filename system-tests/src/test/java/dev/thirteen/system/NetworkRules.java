package dev.thirteen.system;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Who reaches whom by the policies of one namespace, as a network plugin decides it for TCP. */
final class NetworkRules {
    private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

    private final String namespace;
    private final List<NetworkPolicy> policies;

    NetworkRules(String namespace, List<NetworkPolicy> policies) {
        this.namespace = namespace;
        this.policies = List.copyOf(policies);
    }

    /** A pod; one without a namespace is outside of the cluster, where no selector finds it. */
    record Place(String namespace, Map<String, String> labels) {
        Place {
            labels = Map.copyOf(labels);
        }
    }

    boolean open(Place from, Place to, int port) {
        return leaves(from, to, port) && enters(from, to, port);
    }

    private boolean leaves(Place from, Place to, int port) {
        List<NetworkPolicy> own = of(from, "Egress");
        return own.isEmpty()
                || own.stream()
                        .flatMap(policy -> policy.getSpec().getEgress().stream())
                        .anyMatch(rule -> isFor(rule.getPorts(), port) && names(rule.getTo(), to));
    }

    private boolean enters(Place from, Place to, int port) {
        List<NetworkPolicy> own = of(to, "Ingress");
        return own.isEmpty()
                || own.stream()
                        .flatMap(policy -> policy.getSpec().getIngress().stream())
                        .anyMatch(rule -> isFor(rule.getPorts(), port) && names(rule.getFrom(), from));
    }

    private List<NetworkPolicy> of(Place pod, String type) {
        return policies.stream()
                .filter(policy -> policy.getSpec().getPolicyTypes().contains(type))
                .filter(policy -> pod.namespace.equals(namespace)
                        && matches(policy.getSpec().getPodSelector(), pod.labels))
                .toList();
    }

    private static boolean isFor(List<NetworkPolicyPort> ports, int port) {
        return ports.isEmpty()
                || ports.stream()
                        .filter(one -> !"UDP".equals(one.getProtocol()))
                        .anyMatch(one -> Objects.equals(one.getPort().getIntVal(), port));
    }

    private boolean names(List<NetworkPolicyPeer> peers, Place place) {
        return peers.isEmpty() || peers.stream().anyMatch(peer -> names(peer, place));
    }

    private boolean names(NetworkPolicyPeer peer, Place place) {
        if (peer.getIpBlock() != null || place.namespace.isEmpty()) return false;
        boolean there = peer.getNamespaceSelector() == null
                ? place.namespace.equals(namespace)
                : matches(peer.getNamespaceSelector(), Map.of(NAMESPACE_NAME, place.namespace));
        return there && (peer.getPodSelector() == null || matches(peer.getPodSelector(), place.labels));
    }

    private static boolean matches(LabelSelector selector, Map<String, String> labels) {
        return labels.entrySet().containsAll(selector.getMatchLabels().entrySet())
                && selector.getMatchExpressions().stream().allMatch(expression -> matches(expression, labels));
    }

    private static boolean matches(LabelSelectorRequirement expression, Map<String, String> labels) {
        String value = labels.get(expression.getKey());
        return switch (expression.getOperator()) {
            case "In" -> expression.getValues().contains(value);
            case "NotIn" -> !expression.getValues().contains(value);
            default -> throw new AssertionError("the chart uses no " + expression.getOperator());
        };
    }
}
