{{/* The service's name. VERIFY and the other services address it by exactly this name. */}}
{{- define "matih-base.name" -}}
{{- .Values.fullnameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What a Deployment, Service or budget selects pods by: nothing that can change in a release's life. */}}
{{- define "matih-base.selectorLabels" -}}
app.kubernetes.io/name: {{ include "matih-base.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Whose it is. Found on every object, so that anything in a cluster can be traced to its tenant. */}}
{{- define "matih-base.tenantLabels" -}}
matih.io/tenant: {{ .Values.tenant.id | quote }}
matih.io/tenant-id: {{ .Values.tenant.uuid | quote }}
matih.io/tier: {{ .Values.tenant.tier | quote }}
matih.io/managed-by: tenant-service
{{- end -}}

{{- define "matih-base.labels" -}}
{{ include "matih-base.selectorLabels" . }}
app.kubernetes.io/part-of: matih-data-plane
app.kubernetes.io/version: {{ include "matih-base.imageTag" . | quote }}
{{ include "matih-base.tenantLabels" . }}
{{- end -}}

{{- define "matih-base.imageTag" -}}
{{- .Values.image.tag | default .Chart.AppVersion -}}
{{- end -}}

{{/* Replicas and resources: the tier's, unless the release says otherwise. */}}
{{- define "matih-base.replicas" -}}
{{- $tier := index .Values.tiers .Values.tenant.tier -}}
{{- if kindIs "invalid" .Values.replicas }}{{ $tier.replicas }}{{ else }}{{ .Values.replicas }}{{ end -}}
{{- end -}}

{{- define "matih-base.resources" -}}
{{- $tier := index .Values.tiers .Values.tenant.tier -}}
{{- .Values.resources | default $tier.resources | toYaml -}}
{{- end -}}
