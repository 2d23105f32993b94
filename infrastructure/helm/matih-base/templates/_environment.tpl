{{/*
The container's environment. Plain settings are gathered in one map first, because server-side apply
refuses a name that occurs twice; credentials are references to keys of the tenant's secrets.
*/}}
{{- define "matih-base.environment" -}}
{{- $plain := dict
  "TENANT_SLUG" .Values.tenant.id
  "TENANT_ID" .Values.tenant.uuid
  "TENANT_TIER" .Values.tenant.tier
  "ENVIRONMENT" .Values.environment
  "LOG_LEVEL" .Values.logLevel
  "SERVER_PORT" .Values.port
-}}
{{- $secret := dict -}}
{{- range .Values.upstreams -}}
{{- $host := ternary (printf "%s.%s" .name .namespace) .name (hasKey . "namespace") -}}
{{- $_ := set $plain (printf "%s_URL" (.name | upper | replace "-" "_")) (printf "http://%s:%v" $host .port) -}}
{{- end -}}
{{- with .Values.uses -}}
{{- $infrastructure := $.Values.infrastructure -}}
{{- if .database -}}
{{- $_ := set $plain "DATABASE_HOST" $infrastructure.postgres.host -}}
{{- $_ := set $plain "DATABASE_PORT" $infrastructure.postgres.port -}}
{{- $_ := set $plain "DATABASE_NAME" $infrastructure.postgres.database -}}
{{- $_ := set $plain "DATABASE_SCHEMA" (printf "%s_%s" ($.Values.tenant.id | replace "-" "_") .database) -}}
{{- $_ := set $secret "DATABASE_USERNAME" (list "tenant-db-credentials" "username") -}}
{{- $_ := set $secret "DATABASE_PASSWORD" (list "tenant-db-credentials" "password") -}}
{{- end -}}
{{- if .redis -}}
{{- $_ := set $plain "REDIS_HOST" $infrastructure.redis.host -}}
{{- $_ := set $plain "REDIS_PORT" $infrastructure.redis.port -}}
{{- $_ := set $secret "REDIS_USERNAME" (list "tenant-redis-credentials" "username") -}}
{{- $_ := set $secret "REDIS_PASSWORD" (list "tenant-redis-credentials" "password") -}}
{{- end -}}
{{- if .kafka -}}
{{- $_ := set $plain "KAFKA_BOOTSTRAP_SERVERS" $infrastructure.kafka.bootstrapServers -}}
{{- $_ := set $secret "KAFKA_USERNAME" (list "tenant-kafka-credentials" "username") -}}
{{- $_ := set $secret "KAFKA_PASSWORD" (list "tenant-kafka-credentials" "password") -}}
{{- end -}}
{{- if .jwtSigningKey -}}
{{- $_ := set $secret "JWT_SIGNING_KEY" (list "tenant-jwt-secret" "signing-key") -}}
{{- end -}}
{{- if .llmApiKey -}}
{{- $_ := set $secret "LLM_API_KEY" (list "tenant-llm-api-key" "api-key") -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := merge dict .Values.env $plain }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- range $name, $reference := $secret }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ index $reference 0 }}
      key: {{ index $reference 1 }}
{{- end }}
{{- end -}}
