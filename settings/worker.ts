import { z } from 'zod';
import { commonSettings } from './common.ts';
import { count, list, text } from './read-settings.ts';

/** Longest time of one attempt of an activity. A longer wait could never complete. */
export const LONGEST_WAIT_SECONDS = 3600;

/** A time limit within one attempt of an activity. */
const waitSeconds = (byDefault: number, description: string) =>
  z.coerce.number().int().positive().max(LONGEST_WAIT_SECONDS, `may be at most ${LONGEST_WAIT_SECONDS}`).default(byDefault).describe(description);

/** Settings of the worker. */
export const workerSettingsSchema = z.object({
  ...commonSettings,
  WORKER_HEALTH_PORT: count(8083, 'port of /healthz, /readyz and /metrics'),
  WORKER_HEALTH_HOST: z.string().default('0.0.0.0').describe('address the health port binds'),
  SHUTDOWN_GRACE_SECONDS: count(20, 'seconds a running activity may take to end at shutdown'),
  HEARTBEAT_TIMEOUT_SECONDS: waitSeconds(60, 'seconds without a heartbeat after which Temporal starts another attempt of an activity'),
  ABANDONED_CHECK_SECONDS: count(30, 'seconds between two looks for operations whose run ended outside the service'),
  ABANDONED_QUIET_SECONDS: count(60, 'seconds without a change after which an operation in progress is looked at; with the above at most 120'),
  RETENTION_DAYS: count(90, 'days that the operations and deletion requests of removed tenants are kept, and creations that made none; certificates are kept for good'),
  WORKFLOW_BUNDLE: z.string().optional().describe('path of a workflow bundle made beforehand; bundled at each start when unset'),
  ACTIVITY_SLOTS: count(500, 'activities at the same time'),

  TENANT_SERVICE_KUBECONFIG: z.string().optional().describe('kubeconfig path; in-cluster configuration when unset'),
  CONTROL_PLANE_NAMESPACE: z.string().default('matih-control-plane').describe('namespace of the platform\'s services'),
  SHARED_INFRASTRUCTURE_NAMESPACE: z.string().default('matih-shared').describe('namespace of PostgreSQL, Redis and Kafka'),
  KUBERNETES_API_CIDRS: list('addresses of the Kubernetes API in CIDR form, separated by commas; ingress controllers may reach them'),
  KUBERNETES_API_PORT: count(6443, 'port of the Kubernetes API at those addresses'),
  CLUSTER_HTTP_PROXY: z.url().optional().describe('forward proxy for cluster names; direct when unset'),

  HELM_BINARY: z.string().default('helm').describe('path of helm 4'),
  HELM_CHARTS_DIR: z.string().default('infrastructure/helm').describe('folder of the charts; relative to the folder the worker starts in'),
  HELM_CONCURRENCY: count(4, 'helm processes at the same time'),
  HELM_TIMEOUT_SECONDS: waitSeconds(600, 'seconds one helm process may take'),
  IMAGE_REGISTRY: z.string().default('registry.matih.ai').describe('registry of the data plane images'),

  DATA_PLANE_DATABASE_URL: text('PostgreSQL URL of the data plane database, as the provisioner role'),
  DATA_PLANE_DATABASE_HOST: z.string().optional().describe('host the tenants\' services connect to; that of DATA_PLANE_DATABASE_URL when unset'),
  KAFKA_BROKERS: list('Kafka brokers as host:port, separated by commas'),
  KAFKA_TOPIC: z.string().default('tenant.lifecycle.events').describe('topic of the lifecycle events'),

  IAM_URL: z.url().default('http://iam-service.matih-control-plane.svc.cluster.local:8081').describe('base URL of the iam-service'),
  CONFIG_SERVICE_URL: z.url().default('http://config-service.matih-control-plane.svc.cluster.local:8888').describe('base URL of the config-service'),
  NOTIFICATION_URL: z.url().default('http://notification-service.matih-control-plane.svc.cluster.local:8085').describe('base URL of the notification-service'),
  AUDIT_URL: z.url().default('http://audit-service.matih-control-plane.svc.cluster.local:8086').describe('base URL of the audit-service'),
  INFRASTRUCTURE_URL: z.url().default('http://infrastructure-service.matih-control-plane.svc.cluster.local:8089').describe('base URL of the infrastructure-service'),
  SERVICE_JWT_SECRET: z.string().min(32).describe('HS256 key of the 5-minute service tokens, at least 32 characters'),
  SERVICE_CALL_TIMEOUT_SECONDS: waitSeconds(10, 'seconds one call to a platform service may take'),

  AZURE_SUBSCRIPTION_ID: text('Azure subscription of the DNS zones'),
  AZURE_DNS_RESOURCE_GROUP: text('Azure resource group of the DNS zones'),
  AZURE_DNS_ENDPOINT: z.url().optional().describe('ARM endpoint other than Azure\'s own; http only for an emulator'),
  DNS_RECORD_TTL_SECONDS: z.coerce.number().int().min(1).max(600).default(300).describe('time to live of a tenant\'s DNS records in seconds; a load balancer\'s address is freed that long after the removal of its records'),
  CLUSTER_ISSUER: z.string().optional().describe('cert-manager ClusterIssuer; chosen by ENVIRONMENT when unset'),
  LOAD_BALANCER_TIMEOUT_SECONDS: waitSeconds(120, 'seconds to wait for the load balancer\'s address'),
  CERTIFICATE_TIMEOUT_SECONDS: waitSeconds(600, 'seconds to wait for a certificate'),
  WAVE_TIMEOUT_SECONDS: waitSeconds(600, 'seconds to wait for one wave of releases to become ready'),
  POD_TERMINATION_TIMEOUT_SECONDS: waitSeconds(120, 'seconds to wait until a suspended tenant has no pod left'),
  NAMESPACE_DELETION_TIMEOUT_SECONDS: waitSeconds(120, 'seconds until a namespace that does not terminate is reported with its blockers; the wait then continues'),
  COMPENSATION_TIMEOUT_SECONDS: waitSeconds(900, 'seconds in trouble after which a compensation ends incomplete'),
  HEALTH_CHECK_TIMEOUT_SECONDS: waitSeconds(30, 'seconds a service may take to become healthy'),

  DELETION_CONFIRMATION_MINUTES: count(15, 'minutes a deletion waits for its confirmation'),
  DELETION_CODE_TRIES: count(5, 'codes that may be tried'),
  DELETION_GRACE_MINUTES: z.coerce.number().int().min(0).default(0).describe('minutes between confirmation and deletion, at least, in which it can be called off'),

  LLM_API_KEY: z.string().optional().describe('key of the LLM API that the platform provides to tenants'),
  ARCHIVE_BLOB_CONNECTION_STRING: text('connection string of the storage account for audit exports'),
});

export type WorkerSettings = z.infer<typeof workerSettingsSchema>;

/** The longest wait of one attempt under these settings. */
export const longestWaitSeconds = (settings: WorkerSettings): number => Math.max(
  settings.HELM_TIMEOUT_SECONDS + 2 * settings.WAVE_TIMEOUT_SECONDS, settings.LOAD_BALANCER_TIMEOUT_SECONDS, settings.CERTIFICATE_TIMEOUT_SECONDS,
  settings.POD_TERMINATION_TIMEOUT_SECONDS, settings.NAMESPACE_DELETION_TIMEOUT_SECONDS,
);
