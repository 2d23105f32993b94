import { validate as isUuid } from 'uuid';
import { findOperation, newestOperation } from '../projection/queries.ts';
import { workflowIdOf } from '../tenant/names.ts';
import { takesBack } from '../tenant/steps.ts';
import { hasActivated, knownRun } from './cancellable.ts';
import { untilFound } from './deletion-wait.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { Problem } from './problems.ts';
import type { RunDescription } from './runs.ts';
import { presentState, runningProblem } from './start-operation.ts';
import { look } from './temporal.ts';
import { accepted } from './tenant-operations.ts';
import { findVisibleTenant, type VisibleTenant } from './visible-tenant.ts';

/**
 * POST …/provisioning/cancel: the run stops and undoes its work, then the tenant is removed. A tenant that was ever ACTIVE is removed by a
 * deletion only. The answer waits for the run's reaction, because the run may activate the tenant before the cancel reaches it.
 */
export const cancelProvisioning = async (dependencies: ApiDependencies, { isRepetition }: MutationContext, tenantId: string): Promise<Answer> => {
  const { temporal } = dependencies;
  const cancelled = isRepetition ? await cancelledOperation(dependencies, tenantId) : null;
  if (cancelled) return accepted(dependencies, tenantId, cancelled.slug, 'PROVISIONING', cancelled.runId);
  const visible = await findVisibleTenant(dependencies, tenantId);
  const slug = slugOf(visible);
  const run = await knownRun(dependencies, workflowIdOf(slug));
  if (run?.isOpen && run.kind !== 'PROVISIONING') throw runningProblem(dependencies, slug, run);
  if (!run?.isOpen || run.tenantId !== tenantId) {
    throw await nothingToCancel(dependencies, visible, `no provisioning of ${slug} is running`);
  }
  if (!run.cancellable) throw await nothingToCancel(dependencies, visible, tooLate(slug));
  await look(temporal, () => temporal.client.workflow.getHandle(run.workflowId, run.runId).cancel());
  const outcome = await untilFound(() => outcomeOf(dependencies, run)).catch(() => null);
  if (outcome === 'ACTIVATED') throw await nothingToCancel(dependencies, visible, tooLate(slug));
  if (outcome === 'ENDED') throw await nothingToCancel(dependencies, visible, `the provisioning of ${slug} ended before the cancel reached it`);
  return accepted(dependencies, tenantId, slug, 'PROVISIONING', run.runId);
};

const slugOf = (visible: VisibleTenant): string => ('tenant' in visible ? visible.tenant.slug : visible.queued.slug);

const tooLate = (slug: string): string => `${slug} is or was ACTIVE, and a cancel cannot undo that; delete the tenant instead`;

const nothingToCancel = async (dependencies: ApiDependencies, visible: VisibleTenant, detail: string): Promise<Problem> => {
  if (!('tenant' in visible)) return new Problem('NOTHING_TO_CANCEL', detail, { extensions: { tenantStatus: 'QUEUED', legal: [] } });
  const { status: tenantStatus, legal } = await presentState(dependencies.pool, visible.tenant);
  return new Problem('NOTHING_TO_CANCEL', detail, { extensions: { tenantStatus, legal } });
};

/** The provisioning that an earlier try of the request has cancelled. */
const cancelledOperation = async ({ pool }: ApiDependencies, tenantId: string): Promise<{ slug: string; runId: string } | null> => {
  const newest = isUuid(tenantId) ? await newestOperation(pool, tenantId) : null;
  return newest?.kind === 'PROVISIONING' && newest.status === 'CANCELLED' ? newest : null;
};

/** The run's reaction to the cancel; null while it is unknown. */
const outcomeOf = async ({ pool, runs }: ApiDependencies, { workflowId, runId }: RunDescription): Promise<'OBEYED' | 'ACTIVATED' | 'ENDED' | null> => {
  const row = await findOperation(pool, runId);
  if (!row) {
    const run = await runs.describe(workflowId);
    return run?.runId === runId && run.isOpen ? null : 'OBEYED';
  }
  if (hasActivated(row)) return 'ACTIVATED';
  if (row.status === 'CANCELLED' || Object.keys(row.progress).some((step) => takesBack(row.kind, step))) return 'OBEYED';
  return row.status === 'IN_PROGRESS' ? null : 'ENDED';
};
