import type { ApiDependencies } from './dependencies.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { provisioningStart, requestOf } from './provisioning-start.ts';
import { assertStartable, startOperation } from './start-operation.ts';
import { begunOperation } from './started-run.ts';
import { accepted } from './tenant-operations.ts';
import { findLivingTenant } from './visible-tenant.ts';

/** POST …/provisioning/retry: starts a run for the incomplete phases. */
export const retryProvisioning = async (dependencies: ApiDependencies, context: MutationContext, tenantId: string): Promise<Answer> => {
  const begun = await begunOperation(dependencies, context, tenantId);
  if (begun) return accepted(dependencies, begun.tenantId, begun.slug, 'PROVISIONING', begun.runId);
  const tenant = await findLivingTenant(dependencies, tenantId);
  await assertStartable(dependencies, tenant, 'PROVISIONING');
  const runId = await startOperation(dependencies, provisioningStart(tenant.id, requestOf(tenant), context, 'Retry'));
  return accepted(dependencies, tenant.id, tenant.slug, 'PROVISIONING', runId);
};
