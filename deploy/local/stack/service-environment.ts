import { BUILT } from '../../build.ts';
import { temporalDev } from '../temporal-dev.ts';
import { blobStorage } from './azurite.ts';
import type { StackContext } from './context.ts';
import type { Endpoints } from './endpoints.ts';
import { kubeconfigs } from './kubernetes.ts';
import { databaseUrls } from './postgres.ts';

/** Zone that stands for the platform's domain, and where Azure keeps it. */
const DNS = { parentZone: 'matih.ai', resourceGroup: 'matih-dns', subscription: '00000000-0000-0000-0000-000000000000' };

/** Settings of the worker and the API in this stack: the same names as in production. */
export function serviceEnvironment(context: StackContext, endpoints: Endpoints): Record<string, string> {
  const { ports, secrets, tools, dataDir } = context;
  const databases = databaseUrls(context);
  return {
    ENVIRONMENT: 'dev',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
    API_HOST: '127.0.0.1',
    API_PORT: String(ports.api),
    WORKER_HEALTH_HOST: '127.0.0.1',
    WORKER_HEALTH_PORT: String(ports.workerHealth),
    TEMPORAL_ADDRESS: endpoints.temporal,
    TEMPORAL_NAMESPACE: temporalDev.namespace,
    TEMPORAL_TASK_QUEUE: 'tenant-operations',
    TEMPORAL_UI_URL: endpoints.temporalUi,
    WORKFLOW_BUNDLE: BUILT.workflowBundle,
    // With a retry's first second, what a killed worker had begun is taken up within 10 s.
    HEARTBEAT_TIMEOUT_SECONDS: '7',
    NAMESPACE_DELETION_TIMEOUT_SECONDS: '30',
    COMPENSATION_TIMEOUT_SECONDS: '240',
    DATABASE_URL: databases.runtime,
    DATA_PLANE_DATABASE_URL: databases.provisioner,
    TENANT_SERVICE_KUBECONFIG: kubeconfigs(dataDir).service,
    KUBERNETES_API_CIDRS: '127.0.0.1/32',
    KUBERNETES_API_PORT: String(ports.apiserver),
    CLUSTER_HTTP_PROXY: endpoints.clusterProxy,
    HELM_BINARY: tools.helm,
    KAFKA_BROKERS: endpoints.kafka,
    IAM_URL: endpoints.standIns.iam,
    CONFIG_SERVICE_URL: endpoints.standIns.config,
    NOTIFICATION_URL: endpoints.standIns.notification,
    AUDIT_URL: endpoints.standIns.audit,
    INFRASTRUCTURE_URL: endpoints.standIns.infrastructure,
    SERVICE_JWT_SECRET: secrets.serviceTokens,
    JWT_SECRET: secrets.userTokens,
    DELETION_CODE_KEY: secrets.deletionCodes,
    JWT_ISSUER: 'matih-platform',
    AZURE_DNS_ENDPOINT: endpoints.azureDns,
    AZURE_SUBSCRIPTION_ID: DNS.subscription,
    AZURE_DNS_RESOURCE_GROUP: DNS.resourceGroup,
    DNS_PARENT_ZONE: DNS.parentZone,
    // The shortest TTL that Azure accepts; no resolver caches a local tenant's records.
    DNS_RECORD_TTL_SECONDS: '1',
    ARCHIVE_BLOB_CONNECTION_STRING: blobStorage(context).connectionString,
    LLM_API_KEY: secrets.llmApiKey,
  };
}

/** Settings of the process that stands in for the platform's other services and the cloud. */
export function standInEnvironment({ ports, secrets, dataDir }: StackContext): Record<string, string> {
  return {
    STANDINS_PORT_IAM: String(ports.iam),
    STANDINS_PORT_CONFIG: String(ports.config),
    STANDINS_PORT_NOTIFICATION: String(ports.notification),
    STANDINS_PORT_AUDIT: String(ports.audit),
    STANDINS_PORT_INFRASTRUCTURE: String(ports.infrastructure),
    STANDINS_PORT_AZURE_DNS: String(ports.azureDns),
    DNS_PORT: String(ports.dns),
    DNS_PARENT_ZONE: DNS.parentZone,
    CLUSTER_PROXY_PORT: String(ports.clusterProxy),
    KUBECONFIG_ADMIN: kubeconfigs(dataDir).admin,
    SERVICE_JWT_SECRET: secrets.serviceTokens,
  };
}
