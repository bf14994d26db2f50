{{- define "muster.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "muster.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "muster.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "muster.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "muster.selector" -}}
app.kubernetes.io/name: {{ include "muster.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "muster.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "muster.selector" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "muster.serviceAccount" -}}
{{- default (include "muster.fullname" .) .Values.serviceAccount.name -}}
{{- end }}

{{- define "muster.image" -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end }}

{{- define "muster.secret" -}}
{{- required "Set existingSecret to the name of a Secret with DATABASE_URL and MUSTER_SECRET_KEY: kubectl create secret generic muster --from-literal=DATABASE_URL=postgresql://… --from-literal=MUSTER_SECRET_KEY=$(openssl rand -hex 32)" .Values.existingSecret -}}
{{- end }}

{{/* The settings that nobody needs to hide, as variables. */}}
{{- define "muster.settings" -}}
MUSTER_ENV: production
MUSTER_LOG_FORMAT: json
MUSTER_PUBLIC_URL: {{ required "Set publicUrl to where people reach Muster, such as https://muster.example.com" .Values.publicUrl | quote }}
MUSTER_API_HOSTS: {{ join "," .Values.apiHosts | required "Set apiHosts to the hosts of publicUrl, such as [muster.example.com]" | quote }}
MUSTER_STATUSPAGE_HOSTS: {{ join "," .Values.statuspageHosts | required "Set statuspageHosts to the hosts of the status page, such as [status.example.com]" | quote }}
MUSTER_TRUSTED_PROXIES: {{ .Values.trustedProxies | join "," | quote }}
MUSTER_DRAIN_SECONDS: {{ .Values.api.drainSeconds | quote }}
{{- range $name, $value := .Values.settings }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{/* What all pods have in common: no rights, and nothing but /data and /tmp to write to. */}}
{{- define "muster.pod" -}}
serviceAccountName: {{ include "muster.serviceAccount" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
volumes:
  - name: data
    emptyDir: {}
  - name: tmp
    emptyDir: {}
{{- end }}

{{- define "muster.container" -}}
image: {{ include "muster.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  - name: data
    mountPath: /data
  - name: tmp
    mountPath: /tmp
{{- end }}

{{- define "muster.environment" -}}
envFrom:
  - configMapRef:
      name: {{ include "muster.fullname" . }}
  - secretRef:
      name: {{ include "muster.secret" . }}
{{- end }}
