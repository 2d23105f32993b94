/**
 * Effect: the config-service holds exactly the tenant's entries (AI model, query timeout, branding) and the flags of its tier.
 * Idempotent: what is there is compared first; equal entries are not written again.
 * Converges: a half-done application is completed by the next one, which also removes what no longer belongs.
 */
import type { OperationInput } from '../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { applyTenantConfiguration } from '../apply-tenant-configuration.ts';

export const configure = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'CONFIGURE', async ({ operation: { tenant } }, _input: OperationInput) => applyTenantConfiguration(dependencies, tenant));
