import { findOperation } from '../projection/queries.ts';
import { workflowIdOf } from '../tenant/names.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { Problem } from './problems.ts';
import { provisioningStart, requestOf } from './provisioning-start.ts';
import { assertStartable, presentState, runningProblem, startOperation } from './start-operation.ts';
import { accepted } from './tenant-operations.ts';
import { look } from './temporal.ts';
import { findLivingTenant, findVisibleTenant } from './visible-tenant.ts';

/** POST …/provisioning/retry: a new run that executes the phases not yet completed. */
export const retryProvisioning = async (dependencies: ApiDependencies, { actor }: MutationContext, tenantId: string): Promise<Answer> => {
  const tenant = await findLivingTenant(dependencies, tenantId);
  await assertStartable(dependencies, tenant, 'PROVISIONING');
  const runId = await startOperation(dependencies, provisioningStart(tenant.id, requestOf(tenant), actor, 'Retry'));
  return accepted(dependencies, tenant.id, tenant.slug, 'PROVISIONING', runId);
};

/** POST …/provisioning/cancel: the run stops and takes back what it made, then the tenant is gone. Not any more once it activates. */
export const cancelProvisioning = async (dependencies: ApiDependencies, tenantId: string): Promise<Answer> => {
  const { pool, runs, temporal } = dependencies;
  const visible = await findVisibleTenant(dependencies, tenantId);
  const slug = 'tenant' in visible ? visible.tenant.slug : visible.queued.slug;
  const run = await runs.describeNow(workflowIdOf(slug));
  if (run?.isOpen && run.kind !== 'PROVISIONING') throw runningProblem(dependencies, slug, run);
  if (!run?.isOpen || run.tenantId !== tenantId) {
    throw new Problem('NOTHING_TO_CANCEL', `no provisioning of ${slug} is running`, { extensions: 'tenant' in visible ? await presentState(pool, visible.tenant) : {} });
  }
  const activation = (await findOperation(pool, run.runId))?.progress['ACTIVATE'];
  if (activation) {
    throw new Problem('NOTHING_TO_CANCEL', `${slug} is being activated, which cannot be taken back; delete the tenant instead`, {
      extensions: { tenantStatus: 'tenant' in visible ? visible.tenant.status : 'QUEUED', legal: [] },
    });
  }
  await look(temporal, () => temporal.client.workflow.getHandle(run.workflowId, run.runId).cancel());
  return accepted(dependencies, tenantId, slug, 'PROVISIONING', run.runId);
};
