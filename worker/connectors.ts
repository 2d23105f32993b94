import { createArchive } from '../connectors/archive/client.ts';
import { createAzureDns } from '../connectors/azure-dns/client.ts';
import type { Connectors } from '../connectors/connectors.ts';
import { createDataPlaneDatabase } from '../connectors/data-plane-database/client.ts';
import { createHealthChecker } from '../connectors/health/checker.ts';
import { createHelm } from '../connectors/helm/client.ts';
import { createEventPublisher } from '../connectors/kafka/publisher.ts';
import { createKubernetes } from '../connectors/kubernetes/client.ts';
import { createAudit } from '../connectors/platform/audit.ts';
import { createConfigService } from '../connectors/platform/config-service.ts';
import { createIam } from '../connectors/platform/iam.ts';
import { createInfrastructure } from '../connectors/platform/infrastructure.ts';
import { createNotifications } from '../connectors/platform/notification.ts';
import type { WorkerSettings } from '../settings/worker.ts';

/** The real client of every outside system. None connects before its first call, so a worker starts while one of them is away. */
export const createConnectors = (settings: WorkerSettings): Connectors => ({
  kubernetes: createKubernetes(settings),
  helm: createHelm(settings),
  azureDns: createAzureDns(settings),
  dataPlaneDatabase: createDataPlaneDatabase(settings),
  events: createEventPublisher(settings),
  iam: createIam(settings),
  configService: createConfigService(settings),
  notifications: createNotifications(settings),
  audit: createAudit(settings),
  infrastructure: createInfrastructure(settings),
  health: createHealthChecker(settings),
  archive: createArchive(settings),
});
