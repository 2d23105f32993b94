{{- define "matih-base.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "matih-base.name" . | quote }}
  labels: {{- include "matih-base.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ include "matih-base.replicas" . }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels: {{- include "matih-base.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "matih-base.labels" . | nindent 8 }}
    spec:
      serviceAccountName: {{ .Values.serviceAccountName | quote }}
      automountServiceAccountToken: {{ .Values.automountServiceAccountToken }}
      # Variables such as QUERY_ENGINE_PORT=tcp://… would be mistaken for settings.
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        seccompProfile:
          type: RuntimeDefault
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "matih-base.selectorLabels" . | nindent 14 }}
      containers:
        - name: {{ include "matih-base.name" . | quote }}
          image: {{ printf "%s/matih/%s:%s" .Values.image.registry .Chart.Name (include "matih-base.imageTag" .) | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          ports:
            - name: http
              containerPort: {{ .Values.port }}
          env: {{- include "matih-base.environment" . | trim | nindent 12 }}
          resources: {{- include "matih-base.resources" . | nindent 12 }}
          {{- include "matih-base.probes" . | nindent 10 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: tmp
          emptyDir: {}
{{- end -}}

{{- define "matih-base.probes" -}}
startupProbe:
  httpGet: &health
    path: {{ .Values.health.path | quote }}
    port: http
  initialDelaySeconds: 10
  periodSeconds: 5
  failureThreshold: 30
readinessProbe:
  httpGet: *health
  initialDelaySeconds: 10
  periodSeconds: 5
  failureThreshold: 3
livenessProbe:
  httpGet: *health
  initialDelaySeconds: 30
  periodSeconds: 10
  failureThreshold: 3
{{- end -}}
