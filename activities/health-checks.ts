import type { HealthChecker, HealthResult } from '../connectors/health/interface.ts';
import { CATALOGUE, type DataPlaneService } from '../tenant/catalogue.ts';

/** Where a service of a namespace answers for its health, by its cluster name. */
export const healthUrlOf = ({ name, port, healthPath }: DataPlaneService, namespace: string): string =>
  `http://${name}.${namespace}.svc.cluster.local:${port}${healthPath}`;

/** The health of every data plane service in a namespace, by name, asked side by side; `timeoutMs` is what each one may take. */
export const checkHealth = async (health: HealthChecker, namespace: string, timeoutMs: number): Promise<Record<string, HealthResult>> =>
  Object.fromEntries(await Promise.all(CATALOGUE.map(async (service) =>
    [service.name, await health.check(healthUrlOf(service, namespace), timeoutMs)] as const)));
