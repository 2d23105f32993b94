import { findOperation, findTenant } from '../projection/queries.ts';
import type { OperationRow } from '../projection/rows.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { RunDescription } from './runs.ts';

/** A run with what can be done about it. */
export interface KnownRun extends RunDescription {
  /** Whether a cancel stops it and takes back what it made. */
  cancellable: boolean;
}

/** Whether a provisioning has begun to activate its tenant, after which nothing is taken back. */
export const hasActivated = (row: OperationRow | null): boolean => row !== null && ('ACTIVATE' in row.progress || row.status === 'COMPLETED');

/** A cancel removes the tenant, so it is for a provisioning whose tenant was never ACTIVE; from then on only a deletion removes it. */
export const isCancellable = async ({ pool }: Pick<ApiDependencies, 'pool'>, { kind, tenantId }: RunDescription, row: OperationRow | null): Promise<boolean> =>
  kind === 'PROVISIONING' && tenantId !== undefined && !hasActivated(row) && !(await findTenant(pool, tenantId))?.activatedAt;

/** The newest run of a workflow id, as Temporal and the projection know it. */
export const knownRun = async ({ pool, runs }: ApiDependencies, workflowId: string): Promise<KnownRun | null> => {
  const run = await runs.describeNow(workflowId);
  return run && { ...run, cancellable: await isCancellable({ pool }, run, await findOperation(pool, run.runId)) };
};
