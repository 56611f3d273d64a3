{{- define "thirteen.name" -}}
{{- default (ternary .Release.Name (printf "%s-thirteen" .Release.Name) (contains "thirteen" .Release.Name)) .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "thirteen.selector" -}}
app.kubernetes.io/name: thirteen
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "thirteen.labels" -}}
{{ include "thirteen.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "thirteen.image" -}}
{{- printf "%s/%s:%s" .root.Values.image.registry .name (default .root.Chart.AppVersion .root.Values.image.tag) -}}
{{- end }}

{{- define "thirteen.domain" -}}
{{ .Release.Namespace }}.svc{{ with .Values.clusterDomain }}.{{ . }}{{ end }}
{{- end }}

{{- define "thirteen.grpcPort" -}}
{{ get (dict "trainer" "9101" "rollout" "9102" "reward" "9103" "eval" "9104") . }}
{{- end }}

{{- define "thirteen.httpPort" -}}
{{ get (dict "trainer" "9201" "rollout" "9202" "reward" "9203" "eval" "9204") . }}
{{- end }}

{{- define "thirteen.bootstrap" -}}
{{- if eq .Values.kafka.mode "dev" -}}
{{ include "thirteen.name" . }}-kafka.{{ include "thirteen.domain" . }}:9092
{{- else if eq .Values.kafka.mode "strimzi" -}}
{{ include "thirteen.name" . }}-kafka-bootstrap.{{ include "thirteen.domain" . }}:9092
{{- else -}}
{{ required "kafka.external.bootstrapServers is needed with kafka.mode: external" .Values.kafka.external.bootstrapServers }}
{{- end -}}
{{- end }}

{{- define "thirteen.replication" -}}
{{- if kindIs "invalid" .Values.kafka.replication -}}
{{ ternary 1 3 (eq .Values.kafka.mode "dev") }}
{{- else -}}
{{ .Values.kafka.replication }}
{{- end -}}
{{- end }}

{{/* What the Pod Security Standard "restricted" asks of a pod. */}}
{{- define "thirteen.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "thirteen.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* What every pod's spec begins with; takes root and the values of its service. */}}
{{- define "thirteen.pod" -}}
serviceAccountName: {{ include "thirteen.name" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
securityContext:
  {{- include "thirteen.podSecurity" .root | nindent 2 }}
{{- with default .root.Values.priorityClassName .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" }}
{{- with default (index $.root.Values $key) (get $.values $key) }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "thirteen.annotations" -}}
{{- $annotations := merge (dict) (default (dict) .values.podAnnotations) .root.Values.podAnnotations -}}
{{- if and .service .root.Values.telemetry.scrapeAnnotations -}}
{{- $annotations = merge $annotations (dict "prometheus.io/scrape" "true" "prometheus.io/path" "/q/metrics" "prometheus.io/port" (include "thirteen.httpPort" .service)) -}}
{{- end -}}
{{- if $annotations }}
annotations:
  {{- toYaml $annotations | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where each service is, as arguments of the command line. */}}
{{- define "thirteen.cliArguments" -}}
{{- range $service := list "trainer" "rollout" "reward" "eval" }}
- --{{ $service }}
- {{ include "thirteen.name" $ }}-{{ $service }}.{{ include "thirteen.domain" $ }}:{{ include "thirteen.grpcPort" $service }}
{{- end }}
{{- end }}

{{/* The command line as a container, but for its arguments. */}}
{{- define "thirteen.cliContainer" -}}
image: {{ include "thirteen.image" (dict "root" . "name" "cli") }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- include "thirteen.containerSecurity" . | nindent 2 }}
resources:
  requests: {cpu: 50m, memory: 96Mi}
  limits: {memory: 256Mi}
env:
  {{- if .Values.tls.enabled }}
  - {name: THIRTEEN_TLS, value: /etc/thirteen/tls}
  {{- end }}
  {{- if ne .Values.auth.mode "anonymous" }}
  - {name: THIRTEEN_KEY_FILE, value: /etc/thirteen/own-key/key}
  {{- end }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  - {name: run, mountPath: /etc/thirteen/run, readOnly: true}
  {{- include "thirteen.secretMounts" (dict "root" . "server" false) | nindent 2 }}
{{- end }}

{{/* Certificates and keys, where there are some; takes root, and whether it is for a service. */}}
{{- define "thirteen.secretMounts" -}}
{{- if and .server (eq .root.Values.auth.mode "tokens") }}
{{- with .root.Values.auth.jwt }}
{{- if .jwksConfigMap }}
- {name: jwks, mountPath: /etc/thirteen/jwks, readOnly: true}
{{- end }}
{{- if .caSecret }}
- {name: jwt-ca, mountPath: /etc/thirteen/jwt-ca, readOnly: true}
{{- end }}
{{- end }}
{{- end }}
{{- if .root.Values.tls.enabled }}
- {name: tls, mountPath: /etc/thirteen/tls, readOnly: true}
{{- end }}
{{- if ne .root.Values.auth.mode "anonymous" }}
- {name: own-key, mountPath: /etc/thirteen/own-key, readOnly: true}
{{- if .server }}
- {name: keys, mountPath: /etc/thirteen/keys, readOnly: true}
{{- end }}
{{- end }}
{{- end }}

{{- define "thirteen.secretVolumes" -}}
{{- if and .server (eq .root.Values.auth.mode "tokens") }}
{{- with .root.Values.auth.jwt }}
{{- if .jwksConfigMap }}
- {name: jwks, configMap: {name: {{ .jwksConfigMap }}}}
{{- end }}
{{- if .caSecret }}
- {name: jwt-ca, secret: {secretName: {{ .caSecret }}, defaultMode: 0440}}
{{- end }}
{{- end }}
{{- end }}
{{- with .root.Values }}
{{- if .tls.enabled }}
- {name: tls, secret: {secretName: {{ required "tls.secret is needed with tls.enabled" .tls.secret }}, defaultMode: 0440}}
{{- end }}
{{- if ne .auth.mode "anonymous" }}
- {name: own-key, secret: {secretName: {{ required (printf "auth.ownKeySecret is needed with auth.mode: %s" .auth.mode) .auth.ownKeySecret }}, defaultMode: 0440}}
{{- if $.server }}
- {name: keys, secret: {secretName: {{ required (printf "auth.keysSecret is needed with auth.mode: %s" .auth.mode) .auth.keysSecret }}, defaultMode: 0440}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "thirteen.policy" }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "thirteen.name" .root }}-{{ .name }}
  labels:
    {{- include "thirteen.labels" .root | nindent 4 }}
{{- end }}
{{- define "thirteen.component" -}}
podSelector:
  matchLabels:
    {{- include "thirteen.selector" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
{{- end }}
