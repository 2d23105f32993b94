/**
 * Effect: the config-service holds exactly the tenant's entries (AI model, query timeout, branding) and the flags of its tier.
 * Idempotent: what is there is compared first; equal entries are not written again.
 * Converges: a half-done application is completed by the next one, which also removes what no longer belongs.
 */
import type { OperationInput } from '../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { configEntriesOf, featureFlagsOf } from '../tenant-configuration.ts';

export const configure = (dependencies: ActivityDependencies) => {
  const { connectors: { configService }, settings } = dependencies;
  return phaseActivity(dependencies, 'CONFIGURE', async ({ operation: { tenant } }, _input: OperationInput) => {
    const entries = configEntriesOf(tenant);
    const flags = featureFlagsOf(tenant);
    await configService.applyConfiguration(tenant.id, settings.ENVIRONMENT, entries);
    await configService.applyFeatureFlags(tenant.id, flags);
    return {
      configuration: Object.fromEntries(entries.map(({ key, value }) => [key, value])),
      featureFlags: Object.fromEntries(flags.map(({ key, enabled }) => [key, enabled])),
    };
  });
};
