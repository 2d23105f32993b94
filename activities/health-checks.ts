import type { HealthChecker, HealthResult } from '../connectors/health/interface.ts';
import type { Kubernetes } from '../connectors/kubernetes/interface.ts';
import { CATALOGUE, type DataPlaneService } from '../tenant/catalogue.ts';
import { listScalables } from './workloads/scalables.ts';

/** Where a service of a namespace answers for its health, by its cluster name. */
export const healthUrlOf = ({ name, port, healthPath }: DataPlaneService, namespace: string): string =>
  `http://${name}.${namespace}.svc.cluster.local:${port}${healthPath}`;

export interface HealthReport {
  /** The health of every service that was asked, by name. */
  services: Record<string, HealthResult>;
  /** Services whose Deployment has no replicas: their owner has switched them off. */
  switchedOff: string[];
}

/** Asks the data plane services of a namespace for their health, concurrently. `timeoutMs` bounds each request. */
export const checkHealth = async (health: HealthChecker, kubernetes: Kubernetes, namespace: string, timeoutMs: number): Promise<HealthReport> => {
  const idle = (await listScalables(kubernetes, namespace)).filter(({ ref, replicas }) => ref.kind === 'Deployment' && replicas === 0);
  const off = new Set(idle.map(({ ref }) => ref.name));
  const asked = CATALOGUE.filter(({ name }) => !off.has(name));
  const results = asked.map(async (service) => [service.name, await health.check(healthUrlOf(service, namespace), timeoutMs)] as const);
  return {
    services: Object.fromEntries(await Promise.all(results)),
    switchedOff: CATALOGUE.map(({ name }) => name).filter((name) => off.has(name)),
  };
};
