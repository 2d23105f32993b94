import type { Tenant } from '../tenant/tenant.ts';
import type { ActivityDependencies } from './phase-activity.ts';
import { configEntriesOf, featureFlagsOf } from './tenant-configuration.ts';

/** Makes the config-service hold exactly the tenant's entries and flags; returns them by key. */
export const applyTenantConfiguration = async ({ connectors: { configService }, settings }: ActivityDependencies, tenant: Tenant) => {
  const entries = configEntriesOf(tenant);
  const flags = featureFlagsOf(tenant);
  await configService.applyConfiguration(tenant.id, settings.ENVIRONMENT, entries);
  await configService.applyFeatureFlags(tenant.id, flags);
  return {
    configuration: Object.fromEntries(entries.map(({ key, value }) => [key, value])),
    featureFlags: Object.fromEntries(flags.map(({ key, enabled }) => [key, enabled])),
  };
};
