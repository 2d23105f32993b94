import type { WorkflowStartOptions } from '@temporalio/client';
import { confirmedRequest } from '../projection/deletion-requests.ts';
import { newestOperation } from '../projection/queries.ts';
import { isLegalWhileConfirmed } from '../tenant/deletion.ts';
import { legalKinds, type OperationKind, type TenantStatus } from '../tenant/lifecycle.ts';
import { workflowIdOf } from '../tenant/names.ts';
import type { OperationRequest } from '../tenant/operations.ts';
import type { Tenant } from '../tenant/tenant.ts';
import type { Tier } from '../tenant/tiers.ts';
import { abandonCompensation } from './abandon-compensation.ts';
import type { ApiDependencies } from './dependencies.ts';
import { linksOf } from './links.ts';
import { openRun } from './open-run.ts';
import { Problem } from './problems.ts';
import { searchAttributesOf } from './search-attributes.ts';
import { runningProblem } from './running-problem.ts';
import { startedRun } from './started-run.ts';
import { begin, type Temporal } from './temporal.ts';

export { runningProblem } from './running-problem.ts';

/** An operation to start: which workflow, with what, and how operators see it in the Web UI. */
export interface OperationStart<Input extends OperationRequest = OperationRequest> {
  kind: OperationKind;
  workflowType: string;
  tenant: { id: string; slug: string; tier: Tier };
  input: Input;
  /** One line. */
  summary: string;
  /** Markdown. */
  details: string;
}

type StartOptions = WorkflowStartOptions & { workflowIdConflictPolicy: 'FAIL' };

/** Every operation on a tenant is a run of one workflow id, and a second one at the same time is refused by Temporal itself. */
export const startOptions = ({ taskQueue }: Temporal, { kind, tenant, input, summary, details }: OperationStart): StartOptions => ({
  workflowId: workflowIdOf(tenant.slug),
  taskQueue,
  args: [input],
  workflowIdConflictPolicy: 'FAIL',
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  memo: { tenantId: tenant.id, tenantSlug: tenant.slug, ...(input.requestId !== undefined && { requestId: input.requestId }) },
  typedSearchAttributes: searchAttributesOf(tenant, kind),
  staticSummary: summary,
  staticDetails: details,
});

/** Refuses what cannot start now, with what can. The workflow's admission decides; this gives the caller an answer at once. */
export const assertStartable = async (dependencies: ApiDependencies, tenant: Tenant, kind: OperationKind): Promise<void> => {
  const run = await openRun(dependencies, workflowIdOf(tenant.slug));
  const { status, legal } = await presentState(dependencies.pool, tenant);
  if (run && !(legal.includes(kind) && await abandonCompensation(dependencies, kind, run))) throw runningProblem(dependencies, tenant.slug, run);
  if (legal.includes(kind)) return;
  if (await isToBeDeleted(dependencies.pool, tenant)) {
    const callOff = `${linksOf(tenant.id).self}/deletion`;
    throw new Problem('OPERATION_NOT_LEGAL', `${kind} is not legal while the deletion of ${tenant.slug} is confirmed; DELETE ${callOff} calls it off`, {
      extensions: { tenantStatus: status, legal, callOff },
    });
  }
  throw new Problem('OPERATION_NOT_LEGAL', `${kind} is not legal while the tenant is ${status}; legal now: ${legal.join(', ') || 'nothing'}`, {
    extensions: { tenantStatus: status, legal },
  });
};

/** A tenant's status and its legal kinds of operation. */
export const presentState = async (pool: ApiDependencies['pool'], tenant: Tenant): Promise<{ status: TenantStatus; legal: OperationKind[] }> => {
  const legal = legalKinds(tenant.status, await newestOperation(pool, tenant.id));
  return { status: tenant.status, legal: await isToBeDeleted(pool, tenant) ? legal.filter(isLegalWhileConfirmed) : legal };
};

/** Whether the deletion of a tenant is confirmed and has not begun. */
const isToBeDeleted = async (pool: ApiDependencies['pool'], { id, status }: Tenant): Promise<boolean> =>
  status !== 'DELETING' && await confirmedRequest(pool, id) !== null;

/**
 * Starts an operation's run. Finds the run by its request if Temporal's answer was lost. @returns its run id. Throws OPERATION_RUNNING when
 * the tenant is busy, NOT_ACCEPTED_IN_TIME, TEMPORAL_AWAY.
 */
export const startOperation = async (dependencies: ApiDependencies, start: OperationStart): Promise<string> => {
  const { temporal, runs } = dependencies;
  const started = await begin(temporal, () => temporal.client.workflow.start(start.workflowType, startOptions(temporal, start)))
    .then(({ firstExecutionRunId }) => firstExecutionRunId, (error: unknown) => startedRun(dependencies, start, error));
  // The caller's next read has to find the new run.
  await runs.describeNow(workflowIdOf(start.tenant.slug)).catch(() => null);
  return started;
};
