import { setTimeout as sleep } from 'node:timers/promises';
import { findOperation } from '../projection/queries.ts';
import { isCancellable, type KnownRun } from './cancellable.ts';
import type { ApiDependencies } from './dependencies.ts';

/** Milliseconds a run may take to close after it has recorded its own end, and how often that is looked at. An answer is due within 5 s. */
const CLOSING_MS = 3_500;
const INTERVAL_MS = 50;

/**
 * The open run of a workflow id, or null. A run that has recorded its end is given time to close. So a caller that has just seen the end
 * can start the next operation at once. Throws when Temporal is unavailable.
 */
export const openRun = async ({ pool, runs }: ApiDependencies, workflowId: string): Promise<KnownRun | null> => {
  const deadline = Date.now() + CLOSING_MS;
  for (;;) {
    const run = await runs.describeNow(workflowId);
    if (!run?.isOpen) return null;
    const row = await findOperation(pool, run.runId);
    const isEnding = row && (row.status !== 'IN_PROGRESS' || row.removedTenant !== null);
    if (!isEnding || Date.now() > deadline) return { ...run, cancellable: await isCancellable({ pool }, run, row) };
    await sleep(INTERVAL_MS);
  }
};
