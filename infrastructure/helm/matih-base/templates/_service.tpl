{{- define "matih-base.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "matih-base.name" . | quote }}
  labels: {{- include "matih-base.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  selector: {{- include "matih-base.selectorLabels" . | nindent 4 }}
  ports:
    - name: http
      port: {{ .Values.port }}
      targetPort: http
{{- end -}}
