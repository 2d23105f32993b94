/**
 * Effect: none; asks the fourteen services by their cluster names for their health, concurrently. A service whose Deployment has no
 * replicas is not asked, but named.
 * Idempotent and convergent: every attempt asks again.
 */
import type { HealthResult } from '../../connectors/health/interface.ts';
import { TenantError } from '../../tenant/errors.ts';
import type { OperationInput } from '../../tenant/operations.ts';
import { checkHealth } from '../health-checks.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { waits } from '../trouble.ts';

export const verify = (dependencies: ActivityDependencies) => {
  const { connectors: { health, kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'VERIFY', async ({ operation: { tenant } }, _input: OperationInput) => {
    const { services, switchedOff } = await checkHealth(health, kubernetes, tenant.namespace, settings.HEALTH_CHECK_TIMEOUT_SECONDS * 1000);
    const failed = Object.entries(services).filter(([, { healthy }]) => !healthy);
    if (failed.length > 0) throw new TenantError('UNAVAILABLE', failed.map(sentence).join('; '), { details: { services } });
    return { services, switchedOff };
  }, { patience: waits(2, 'HEALTH_CHECK_TIMEOUT_SECONDS') });
};

const sentence = ([service, { reason }]: [string, HealthResult]): string =>
  `${service} failed its health check${reason ? `: ${reason}` : ''}`;
