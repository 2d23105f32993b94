/**
 * Effect: feature flags, query limit, all other entries of the config-service, and the register of the infrastructure-service are those of
 * a tier.
 * Idempotent: equal entries and flags are not written again, the registration is a PUT.
 * Converges: the next attempt completes a partial application.
 */
import type { ApplyTierInput } from '../../tenant/tier-change.ts';
import { applyTenantConfiguration } from '../apply-tenant-configuration.ts';
import type { ActivityDependencies } from '../phase-activity.ts';
import { tierActivity } from './tier-activity.ts';

export const applyFlags = (dependencies: ActivityDependencies) =>
  tierActivity(dependencies, 'APPLY_FLAGS', async ({ operation }, { to }: ApplyTierInput) => {
    const tenant = { ...operation.tenant, ...to };
    const applied = await applyTenantConfiguration(dependencies, tenant);
    const { status, cloudProvider, region, namespace, tier } = tenant;
    await dependencies.connectors.infrastructure.register(tenant.id, { status, cloudProvider, region, namespace, tier });
    return applied;
  }, { completes: ({ returning }) => !returning });
