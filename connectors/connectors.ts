import type { Archive } from './archive/interface.ts';
import type { AzureDns } from './azure-dns/interface.ts';
import type { DataPlaneDatabase } from './data-plane-database/interface.ts';
import type { HealthChecker } from './health/interface.ts';
import type { Helm } from './helm/interface.ts';
import type { EventPublisher } from './kafka/interface.ts';
import type { Kubernetes } from './kubernetes/interface.ts';
import type { Audit, ConfigService, Iam, Infrastructure, Notifications } from './platform/interface.ts';

/** One client per outside system; the worker builds them once and hands them to the activities. */
export interface Connectors {
  kubernetes: Kubernetes;
  helm: Helm;
  azureDns: AzureDns;
  dataPlaneDatabase: DataPlaneDatabase;
  events: EventPublisher;
  iam: Iam;
  configService: ConfigService;
  notifications: Notifications;
  audit: Audit;
  infrastructure: Infrastructure;
  health: HealthChecker;
  archive: Archive;
}
