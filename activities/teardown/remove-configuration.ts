/**
 * Effect: the config-service holds no entry and no flag of the tenant.
 * Idempotent: what is listed is removed, one by one. Converges: the next attempt lists what is left.
 */
import type { OperationInput } from '../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const removeConfiguration = (dependencies: ActivityDependencies) => {
  const { connectors: { configService } } = dependencies;
  return phaseActivity(dependencies, 'REMOVE_CONFIGURATION', async ({ operation: { tenant } }, _input: OperationInput) =>
    ({ removed: await configService.removeAll(tenant.id) }));
};
