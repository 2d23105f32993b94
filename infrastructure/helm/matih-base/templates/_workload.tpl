{{/* Everything a data plane service consists of. A service's chart renders this and nothing else. */}}
{{- define "matih-base.workload" -}}
{{ include "matih-base.deployment" . }}
---
{{ include "matih-base.service" . }}
{{- if .Values.podDisruptionBudget.enabled }}
---
{{ include "matih-base.podDisruptionBudget" . }}
{{- end }}
{{- if .Values.autoscaling.enabled }}
---
{{ include "matih-base.horizontalPodAutoscaler" . }}
{{- end }}
{{- end -}}
