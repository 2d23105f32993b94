import { findOperation, findTenant } from '../projection/queries.ts';
import type { OperationRow } from '../projection/rows.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { RunDescription } from './runs.ts';

/** A run, and whether it can be cancelled. */
export interface KnownRun extends RunDescription {
  /** Whether a cancel stops the run and undoes its work. */
  cancellable: boolean;
}

/** Whether a provisioning has begun to activate its tenant. From then on nothing is undone. */
export const hasActivated = (row: OperationRow | null): boolean => row !== null && ('ACTIVATE' in row.progress || row.status === 'COMPLETED');

/** A cancel removes the tenant, so it requires a provisioning whose tenant was never ACTIVE. Later only a deletion removes the tenant. */
export const isCancellable = async ({ pool }: Pick<ApiDependencies, 'pool'>, { kind, tenantId }: RunDescription, row: OperationRow | null): Promise<boolean> =>
  kind === 'PROVISIONING' && tenantId !== undefined && !hasActivated(row) && !(await findTenant(pool, tenantId))?.activatedAt;

/** The newest run of a workflow id, as Temporal and the projection know it. */
export const knownRun = async ({ pool, runs }: ApiDependencies, workflowId: string): Promise<KnownRun | null> => {
  const run = await runs.describeNow(workflowId);
  return run && { ...run, cancellable: await isCancellable({ pool }, run, await findOperation(pool, run.runId)) };
};
