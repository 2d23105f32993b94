import { setTimeout as sleep } from 'node:timers/promises';
import { findOperation } from '../projection/queries.ts';
import type { OperationKind } from '../tenant/lifecycle.ts';
import { ABANDON_COMPENSATION_SIGNAL } from '../tenant/operations.ts';
import { restores } from '../tenant/steps.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { RunDescription } from './runs.ts';
import { look } from './temporal.ts';

/** Kinds that protect or remove a tenant. They do not wait for the restore of a failed change. */
const URGENT: ReadonlySet<OperationKind> = new Set(['SUSPENSION', 'DELETION']);

/** Milliseconds an abandoned run may take to close, and the interval of the checks. An answer is due within 5 s. */
const CLOSING_MS = 2_500;
const INTERVAL_MS = 50;

/**
 * Abandons the compensation of a run for an urgent operation. Unrestored parts stay, and the tenant's record names them.
 * @returns whether the run has closed; otherwise its activity has yet to receive the signal, and the caller may retry
 */
export const abandonCompensation = async ({ pool, runs, temporal }: ApiDependencies, kind: OperationKind, { workflowId, runId }: RunDescription): Promise<boolean> => {
  const row = URGENT.has(kind) ? await findOperation(pool, runId) : null;
  const isRestoring = row !== null && Object.entries(row.progress).some(([step, { state }]) => state === 'RUNNING' && restores(row.kind, step));
  if (!isRestoring) return false;
  await look(temporal, () => temporal.client.workflow.getHandle(workflowId, runId).signal(ABANDON_COMPENSATION_SIGNAL));
  const deadline = Date.now() + CLOSING_MS;
  for (;;) {
    const run = await runs.describeNow(workflowId);
    if (!run?.isOpen || run.runId !== runId) return true;
    if (Date.now() > deadline) return false;
    await sleep(INTERVAL_MS);
  }
};
