{{/*
Deployment and Services of one of the four services; takes root and service. With component and replicas: further pods of the
service's image and values that do another work, and that nobody calls.
*/}}
{{- define "thirteen.workload" -}}
{{- $root := .root }}
{{- $service := .service }}
{{- $values := get .root.Values .service }}
{{- $component := default .service .component }}
{{- $name := printf "%s-%s" (include "thirteen.name" .root) $component }}
{{- $grpc := include "thirteen.grpcPort" .service }}
{{- $http := include "thirteen.httpPort" .service }}
{{- $single := eq $component "trainer" }}
{{- $models := has .service (list "trainer" "rollout") }}
{{- if eq $service "rollout" }}
{{- $least := add $values.drainSeconds (mul 2 $values.shutdownGraceSeconds) 5 }}
{{- if lt (int64 $values.terminationGracePeriodSeconds) $least }}{{ fail (printf "rollout.terminationGracePeriodSeconds must be at least %d: drainSeconds, twice shutdownGraceSeconds, and 5" $least) }}{{ end }}
{{- end }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "thirteen.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $component }}
spec:
  {{- if $single }}
  replicas: {{ ternary 1 0 $values.enabled }}
  strategy: {type: Recreate}
  {{- else }}
  {{- $autoscaled := and (eq $service "rollout") (ne $values.autoscaling.kind "none") }}
  {{- $replicas := ternary .replicas $values.replicas (ne $component $service) }}
  {{- if not (or $autoscaled (kindIs "invalid" $replicas)) }}
  replicas: {{ $replicas }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: {{ if hasKey $values "maxSurge" }}{{ $values.maxSurge }}{{ else }}1{{ end }}
      maxUnavailable: {{ if hasKey $values "maxUnavailable" }}{{ $values.maxUnavailable }}{{ else }}0{{ end }}
  {{- end }}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      {{- include "thirteen.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $component }}
  template:
    metadata:
      labels:
        {{- include "thirteen.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ $component }}
      {{- include "thirteen.annotations" (dict "root" $root "values" $values "service" $service) | nindent 6 }}
    spec:
      {{- include "thirteen.pod" (dict "root" $root "values" $values) | nindent 6 }}
      terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
      {{- if $models }}
      {{- include "thirteen.downloads" $root | nindent 6 }}
      {{- end }}
      containers:
        - name: {{ $service }}
          image: {{ default (include "thirteen.image" (dict "root" $root "name" $service)) $values.image }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          securityContext:
            {{- include "thirteen.containerSecurity" $root | nindent 12 }}
          ports:
            - {name: grpc, containerPort: {{ $grpc }}}
            - {name: http, containerPort: {{ $http }}}
            {{- if and $root.Values.tls.enabled (eq $service "rollout") }}
            - {name: https, containerPort: 9302}
            {{- end }}
          env:
            {{- include "thirteen.environment" (dict "root" $root "values" $values "service" $service "component" $component) | nindent 12 }}
          {{- if $root.Values.tls.enabled }}
          # kubelet's gRPC probe speaks no TLS; the HTTP port says the same.
          startupProbe:
            httpGet: {port: http, path: /q/health/ready}
            periodSeconds: 1
            failureThreshold: 600
          readinessProbe:
            httpGet: {port: http, path: /q/health/ready}
            periodSeconds: 2
            timeoutSeconds: 2
          livenessProbe:
            httpGet: {port: http, path: /q/health/live}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          {{- else }}
          startupProbe:
            grpc: {port: {{ $grpc }}, service: readiness}
            periodSeconds: 1
            failureThreshold: 600
          readinessProbe:
            grpc: {port: {{ $grpc }}, service: readiness}
            periodSeconds: 2
            timeoutSeconds: 2
          livenessProbe:
            grpc: {port: {{ $grpc }}, service: liveness}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          {{- end }}
          lifecycle:
            preStop: {sleep: {seconds: {{ $values.drainSeconds }}}}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            {{- include "thirteen.secretMounts" (dict "root" $root "server" true) | nindent 12 }}
            {{- if $root.Values.kafka.clientSecret }}
            - {name: kafka-client, mountPath: /etc/thirteen/kafka, readOnly: true}
            {{- end }}
            {{- if $models }}
            {{- range $root.Values.models.extra }}
            - name: model-{{ .name | replace "." "-" }}
              mountPath: /models/{{ .name }}
              readOnly: true
              {{- with .subPath }}
              subPath: {{ . }}
              {{- end }}
            {{- end }}
            {{- end }}
            {{- with $values.extraVolumeMounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
      volumes:
        - {name: tmp, emptyDir: {}}
        {{- include "thirteen.secretVolumes" (dict "root" $root "server" true) | nindent 8 }}
        {{- with $root.Values.kafka.clientSecret }}
        - {name: kafka-client, secret: {secretName: {{ . }}, defaultMode: 0440}}
        {{- end }}
        {{- if $models }}
        {{- range $root.Values.models.extra }}
        - name: model-{{ .name | replace "." "-" }}
          {{- if .volume }}
          {{- toYaml .volume | nindent 10 }}
          {{- else }}
          emptyDir: {sizeLimit: {{ .download.size }}}
          {{- end }}
        {{- end }}
        {{- end }}
        {{- with $values.extraVolumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- if eq $component $service }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels:
    {{- include "thirteen.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $component }}
spec:
  selector:
    {{- include "thirteen.selector" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $component }}
  ports:
    - {name: grpc, port: {{ $grpc }}, targetPort: grpc, appProtocol: {{ ternary "grpcs" "kubernetes.io/h2c" $root.Values.tls.enabled }}}
    - {name: http, port: {{ $http }}, targetPort: http}
    {{- if and $root.Values.tls.enabled (eq $service "rollout") }}
    - {name: https, port: 9302, targetPort: https}
    {{- end }}
{{- end }}
{{- if eq $service "rollout" }}
---
# For clients that spread their calls themselves: dns:///{{ $name }}-pods...:{{ $grpc }} with round_robin.
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}-pods
  labels:
    {{- include "thirteen.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $component }}
spec:
  clusterIP: None
  selector:
    {{- include "thirteen.selector" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $component }}
  ports:
    - {name: grpc, port: {{ $grpc }}, targetPort: grpc, appProtocol: {{ ternary "grpcs" "kubernetes.io/h2c" $root.Values.tls.enabled }}}
{{- end }}
{{- end }}

{{/* Fetches the models that are downloaded, each file checked by its digest. */}}
{{- define "thirteen.downloads" -}}
{{- $downloads := list }}
{{- range .Values.models.extra }}{{ if .download }}{{ $downloads = append $downloads . }}{{ end }}{{ end }}
{{- if $downloads }}
initContainers:
{{- range $downloads }}
  - name: fetch-{{ .name | replace "." "-" }}
    image: {{ include "thirteen.image" (dict "root" $ "name" "cli") }}
    imagePullPolicy: {{ $.Values.image.pullPolicy }}
    args:
      - fetch
      - --into
      - /models/{{ .name }}
      {{- range .download.files }}
      - {{ printf "%s=%s" .sha256 .url | quote }}
      {{- end }}
    securityContext:
      {{- include "thirteen.containerSecurity" $ | nindent 6 }}
    resources:
      requests: {cpu: 100m, memory: 128Mi}
      limits: {memory: 256Mi}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
      - {name: model-{{ .name | replace "." "-" }}, mountPath: /models/{{ .name }}}
{{- end }}
{{- end }}
{{- end }}

{{/* What the chart says, then what its user adds: a variable that is there twice would be refused, or lost. */}}
{{- define "thirteen.environment" -}}
{{- $own := include "thirteen.ownEnvironment" . }}
{{- $own }}
{{- range $key, $value := .values.settings }}
{{- $variable := regexReplaceAll "[^A-Z0-9]" (upper $key) "_" }}
{{- if contains (printf "{name: %s," $variable) $own }}{{ fail (printf "%s.settings.%s: the chart sets this from a value of its own" $.service $key) }}{{ end }}
- {name: {{ $variable }}, value: {{ ternary $value (toJson $value) (kindIs "string" $value) | quote }}}
{{- end }}
{{- range .values.extraEnv }}
{{- if contains (printf "{name: %s," .name) $own }}{{ fail (printf "%s.extraEnv: the chart sets %s from a value of its own" $.service .name) }}{{ end }}
{{- end }}
{{- with .values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "thirteen.ownEnvironment" -}}
{{- $name := include "thirteen.name" .root }}
{{- $domain := include "thirteen.domain" .root }}
{{- $quotas := include "thirteen.quotas" .root }}
{{- /* The trainer's image has this not: a trainer fails the run that asked for too much. A replica has no run to fail. */}}
{{- $full := ternary " -XX:+ExitOnOutOfMemoryError" "" (eq .component "gradient") }}
- {name: JDK_JAVA_OPTIONS, value: "-Xms32m -Xmx{{ .values.heap }}{{ $full }}{{ $quotas }}"}
{{ include "thirteen.kafkaEnvironment" .root }}
- {name: THIRTEEN_KAFKA_START_TIMEOUT, value: {{ .root.Values.kafka.startTimeout | quote }}}
- {name: THIRTEEN_CACHE_FOLDER, value: /tmp/cache}
- {name: THIRTEEN_MODELS_DEFAULT, value: {{ .root.Values.models.default | quote }}}
{{- range $service := list "trainer" "reward" "eval" }}
- {name: THIRTEEN_ENDPOINTS_{{ upper $service }}, value: "{{ $name }}-{{ $service }}.{{ $domain }}:{{ include "thirteen.grpcPort" $service }}"}
{{- end }}
- {name: THIRTEEN_ENDPOINTS_ROLLOUT, value: "dns:///{{ $name }}-rollout-pods.{{ $domain }}:9102"}
{{- if .root.Values.tls.enabled }}
- {name: THIRTEEN_TLS_FOLDER, value: /etc/thirteen/tls}
- {name: THIRTEEN_TLS_CLIENT_CERTIFICATES, value: {{ .root.Values.tls.clientCertificates | quote }}}
{{- if eq .service "rollout" }}
- {name: QUARKUS_HTTP_SSL_CERTIFICATE_FILES, value: /etc/thirteen/tls/tls.crt}
- {name: QUARKUS_HTTP_SSL_CERTIFICATE_KEY_FILES, value: /etc/thirteen/tls/tls.key}
- {name: QUARKUS_HTTP_SSL_CERTIFICATE_RELOAD_PERIOD, value: 1m}
- {name: QUARKUS_HTTP_SSL_PORT, value: "9302"}
{{- end }}
{{- end }}
- {name: THIRTEEN_AUTH_MODE, value: {{ .root.Values.auth.mode }}}
{{- if ne .root.Values.auth.mode "anonymous" }}
- {name: THIRTEEN_AUTH_KEYS_FILE, value: /etc/thirteen/keys/keys}
- {name: THIRTEEN_AUTH_OWN_KEY_FILE, value: /etc/thirteen/own-key/key}
{{- end }}
{{- if eq .root.Values.auth.mode "tokens" }}
{{- include "thirteen.tokens" .root }}
{{- end }}
{{- include "thirteen.limits" . }}
{{- if eq .component "gradient" }}
- {name: THIRTEEN_TRAINER_ROLE, value: gradient}
{{- else if and (eq .component "trainer") .values.gradientReplicas }}
- {name: THIRTEEN_TRAINER_SPREAD_GRADIENTS, value: "true"}
{{- else if eq .component "eval" }}
- {name: THIRTEEN_EVAL_POD_SESSION, value: {{ .values.podSession | quote }}}
{{- else if and (eq .component "reward") .root.Values.sandbox.enabled }}
- {name: THIRTEEN_REWARD_CODE, value: remote}
- {name: THIRTEEN_REWARD_SANDBOX, value: "{{ $name }}-sandbox.{{ $domain }}:9105"}
{{- end }}
{{- with .root.Values.telemetry.otlp.endpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- end }}

{{/* Where the brokers are and how they are spoken to. */}}
{{- define "thirteen.kafkaEnvironment" -}}
- {name: THIRTEEN_KAFKA_BOOTSTRAP_SERVERS, value: {{ include "thirteen.bootstrap" . | quote }}}
- {name: THIRTEEN_KAFKA_REPLICATION, value: {{ include "thirteen.replication" . | quote }}}
{{- if .Values.kafka.clientSecret }}
- {name: THIRTEEN_KAFKA_CLIENT_PROPERTIES, value: /etc/thirteen/kafka/client.properties}
{{- end }}
{{- end }}

{{/* Quotas as system properties: names of tenants would be lost in those of environment variables. */}}
{{- define "thirteen.quotas" -}}
{{- range $tenant, $quota := .Values.quotas.tenants }}
{{- range $key, $value := $quota }} -Dthirteen.quotas.tenants.{{ $tenant }}.{{ kebabcase $key }}={{ include "thirteen.number" $value }}{{ end }}
{{- end }}
{{- range $key, $value := .Values.quotas.others }} -Dthirteen.quotas.others.{{ kebabcase $key }}={{ include "thirteen.number" $value }}{{ end }}
{{- end }}

{{/* Without an exponent, which Helm gives to large numbers. */}}
{{- define "thirteen.number" -}}
{{- if eq (float64 (int64 .)) (float64 .) }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{/* What tokens must be. */}}
{{- define "thirteen.tokens" -}}
{{- with .Values.auth.jwt }}
- {name: THIRTEEN_AUTH_JWT_ISSUER, value: {{ required "auth.jwt.issuer is needed with auth.mode: tokens" .issuer | quote }}}
{{- with .audience }}
- {name: THIRTEEN_AUTH_JWT_AUDIENCE, value: {{ . | quote }}}
{{- end }}
{{- if .jwksConfigMap }}
- {name: THIRTEEN_AUTH_JWT_JWKS, value: /etc/thirteen/jwks/jwks}
{{- else if .jwksUrl }}
- {name: THIRTEEN_AUTH_JWT_JWKS, value: {{ .jwksUrl | quote }}}
{{- end }}
{{- if .caSecret }}
- {name: THIRTEEN_AUTH_JWT_CA, value: /etc/thirteen/jwt-ca/ca.crt}
{{- end }}
- {name: THIRTEEN_AUTH_JWT_ROLE_CLAIM, value: {{ .roleClaim | quote }}}
{{- with .rolePrefix }}
- {name: THIRTEEN_AUTH_JWT_ROLE_PREFIX, value: {{ . | quote }}}
{{- end }}
- {name: THIRTEEN_AUTH_JWT_TENANT_CLAIM, value: {{ .tenantClaim | quote }}}
{{- end }}
{{- end }}

{{/* Limits of the edge, and of what the service does. */}}
{{- define "thirteen.limits" -}}
{{- with .root.Values.limits }}
- {name: THIRTEEN_EDGE_MAX_MESSAGE_BYTES, value: "{{ int64 .messageBytes }}"}
- {name: THIRTEEN_EDGE_MAX_CONCURRENT_CALLS, value: "{{ int64 .connectionCalls }}"}
- {name: THIRTEEN_EDGE_MAX_CALLS, value: "{{ int64 .podCalls }}"}
- {name: THIRTEEN_EDGE_MAX_ADAPTER_BYTES, value: "{{ int64 .adapterBytes }}"}
- {name: THIRTEEN_ENGINE_MAX_SEQUENCE_TOKENS, value: "{{ int64 .sequenceTokens }}"}
{{- if eq $.service "rollout" }}
- {name: THIRTEEN_ROLLOUT_MAX_BODY_BYTES, value: "{{ int64 .bodyBytes }}"}
- {name: THIRTEEN_ROLLOUT_MAX_HELD_BODY_BYTES, value: "{{ int64 .heldBodyBytes }}"}
- {name: THIRTEEN_ROLLOUT_MAX_BODY_TIME, value: {{ .bodyTime | quote }}}
- {name: THIRTEEN_ROLLOUT_MAX_PROMPT_TOKENS, value: "{{ int64 .promptTokens }}"}
- {name: THIRTEEN_ROLLOUT_MAX_SAMPLES, value: "{{ int64 .samples }}"}
- {name: THIRTEEN_ROLLOUT_MAX_QUEUED_REQUESTS, value: "{{ int64 .queuedCalls }}"}
- {name: THIRTEEN_ROLLOUT_MAX_QUEUED_TOKENS, value: "{{ int64 .queuedTokens }}"}
- {name: THIRTEEN_ROLLOUT_MAX_CALL_TIME, value: {{ .callTime | quote }}}
- {name: THIRTEEN_ROLLOUT_SHUTDOWN_GRACE, value: "{{ int64 $.values.shutdownGraceSeconds }}s"}
{{- else if eq $.service "trainer" }}
- {name: THIRTEEN_TRAINER_MAX_BLOB_BYTES, value: "{{ int64 .blobBytes }}"}
{{- end }}
{{- end }}
{{- end }}
