/**
 * Effect: the tenant is SUSPENDED, here and in the register of the infrastructure-service; from here on its releases are not changed.
 * Idempotent and convergent: both writes set a state, and set it again.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const markSuspended = (dependencies: ActivityDependencies) => {
  const { connectors: { infrastructure }, projection } = dependencies;
  return phaseActivity(dependencies, 'MARK_SUSPENDED', async ({ operation }) => {
    const { id, status, cloudProvider, region, namespace, tier } = await projection.updateTenant(operation, { status: 'SUSPENDED' });
    await infrastructure.register(id, { status, cloudProvider, region, namespace, tier });
    return { status };
  });
};
