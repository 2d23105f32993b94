{{/* One class a tenant, so that no controller ever serves another tenant's Ingress. */}}
{{- define "ingress-controller.class" -}}
{{- .Values.ingressClass.name | default (printf "nginx-%s" .Values.tenant.id) -}}
{{- end -}}
