/**
 * Effect: the config-service holds exactly the entries and flags of the new configuration; what is no longer in it is removed.
 * Idempotent: what is there is compared first; equal entries are not written again.
 * Converges: a half-done application is completed by the next one, or taken back by applying the tenant's old configuration.
 */
import { parseConfiguration } from '../../tenant/change-tenant.ts';
import { TenantError } from '../../tenant/errors.ts';
import type { OperationInput, ReconfigureInput } from '../../tenant/operations.ts';
import type { TenantConfiguration } from '../../tenant/tenant.ts';
import { applyTenantConfiguration } from '../apply-tenant-configuration.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

/** Applies the new configuration. */
export const reconfigure = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'CONFIGURE', async ({ operation: { tenant } }, { configuration }: ReconfigureInput) =>
    applyTenantConfiguration(dependencies, { ...tenant, configuration: valid(configuration) }));

/** Applies the configuration that the tenant's row still has. */
export const returnConfiguration = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'RETURN_CONFIGURATION', async ({ operation: { tenant } }, _input: OperationInput) =>
    applyTenantConfiguration(dependencies, tenant), { completes: false });

/** Whoever starts a run from the Web UI has passed the API by. */
const valid = (configuration: unknown): TenantConfiguration => {
  const request = parseConfiguration(configuration);
  if (request.ok) return request.value;
  const { violations } = request;
  throw new TenantError('INVALID_REQUEST', violations.map(({ field, message }) => `${field} ${message}`).join('; '), { details: { violations } });
};
