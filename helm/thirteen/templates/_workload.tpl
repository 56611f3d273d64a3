{{/* Deployment and Services of one of the four services; takes root and service. */}}
{{- define "thirteen.workload" -}}
{{- $root := .root }}
{{- $service := .service }}
{{- $values := get .root.Values .service }}
{{- $name := printf "%s-%s" (include "thirteen.name" .root) .service }}
{{- $grpc := include "thirteen.grpcPort" .service }}
{{- $http := include "thirteen.httpPort" .service }}
{{- $single := has .service (list "trainer" "eval") }}
{{- $models := has .service (list "trainer" "rollout") }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "thirteen.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $service }}
spec:
  {{- if $single }}
  replicas: 1
  strategy: {type: Recreate}
  {{- else }}
  {{- $autoscaled := and (eq $service "rollout") (ne $values.autoscaling.kind "none") }}
  {{- if not (or $autoscaled (kindIs "invalid" $values.replicas)) }}
  replicas: {{ $values.replicas }}
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
      app.kubernetes.io/component: {{ $service }}
  template:
    metadata:
      labels:
        {{- include "thirteen.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ $service }}
      {{- include "thirteen.annotations" (dict "root" $root "values" $values "service" $service) | nindent 6 }}
    spec:
      {{- include "thirteen.pod" (dict "root" $root "values" $values) | nindent 6 }}
      terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
      {{- if $models }}
      {{- include "thirteen.downloads" $root | nindent 6 }}
      {{- end }}
      containers:
        - name: {{ $service }}
          image: {{ include "thirteen.image" (dict "root" $root "name" $service) }}
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
            {{- include "thirteen.environment" (dict "root" $root "values" $values "service" $service) | nindent 12 }}
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
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels:
    {{- include "thirteen.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $service }}
spec:
  selector:
    {{- include "thirteen.selector" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $service }}
  ports:
    - {name: grpc, port: {{ $grpc }}, targetPort: grpc, appProtocol: {{ ternary "grpcs" "kubernetes.io/h2c" $root.Values.tls.enabled }}}
    - {name: http, port: {{ $http }}, targetPort: http}
    {{- if and $root.Values.tls.enabled (eq $service "rollout") }}
    - {name: https, port: 9302, targetPort: https}
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
    app.kubernetes.io/component: {{ $service }}
spec:
  clusterIP: None
  selector:
    {{- include "thirteen.selector" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $service }}
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

{{- define "thirteen.environment" -}}
{{- $name := include "thirteen.name" .root }}
{{- $domain := include "thirteen.domain" .root }}
- {name: JDK_JAVA_OPTIONS, value: "-Xms32m -Xmx{{ .values.heap }}"}
- {name: THIRTEEN_KAFKA_BOOTSTRAP_SERVERS, value: {{ include "thirteen.bootstrap" .root | quote }}}
- {name: THIRTEEN_KAFKA_START_TIMEOUT, value: {{ .root.Values.kafka.startTimeout | quote }}}
- {name: THIRTEEN_KAFKA_REPLICATION, value: {{ include "thirteen.replication" .root | quote }}}
{{- if .root.Values.kafka.clientSecret }}
- {name: THIRTEEN_KAFKA_CLIENT_PROPERTIES, value: /etc/thirteen/kafka/client.properties}
{{- end }}
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
{{- if eq .root.Values.auth.mode "keys" }}
- {name: THIRTEEN_AUTH_KEYS_FILE, value: /etc/thirteen/keys/keys}
- {name: THIRTEEN_AUTH_OWN_KEY_FILE, value: /etc/thirteen/own-key/key}
{{- end }}
{{- with .root.Values.telemetry.otlp.endpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- range $key, $value := .values.settings }}
- {name: {{ regexReplaceAll "[^A-Z0-9]" (upper $key) "_" }}, value: {{ ternary $value (toJson $value) (kindIs "string" $value) | quote }}}
{{- end }}
{{- with .values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
