/**
 * Effect: the tenant is ACTIVE, in the register of the infrastructure-service and here; here last, so that it is not before all is done.
 * Idempotent and convergent: both writes set a state, and set it again.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const markActive = (dependencies: ActivityDependencies) => {
  const { connectors: { infrastructure }, projection } = dependencies;
  return phaseActivity(dependencies, 'MARK_ACTIVE', async ({ operation }) => {
    const { id, cloudProvider, region, namespace, tier } = operation.tenant;
    await infrastructure.register(id, { status: 'ACTIVE', cloudProvider, region, namespace, tier });
    const { status } = await projection.updateTenant(operation, { status: 'ACTIVE' });
    return { status };
  });
};
