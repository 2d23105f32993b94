import type { OperationInput } from '../tenant/operations.ts';
import { activitiesFor, type WorkerLimits } from './activity-proxies.ts';
import type { Compensation } from './compensation.ts';
import { failureReason, failureType } from './failure-reason.ts';

/** How an operation came to its end without success. */
export interface UnsuccessfulEnd {
  error: unknown;
  cancelled: boolean;
  /** Rejects when the run's cancellation is requested. */
  cancelRequested: Promise<never>;
  /** Whether it had passed the point of no return. */
  committed: boolean;
  compensation: Compensation;
  limits: WorkerLimits;
}

/**
 * Leaves nothing half done after an unsuccessful operation, and records its end and reason. A cancel removes the tenant of a creation only.
 * Any other failed or cancelled operation is restored, or stops and can be run again.
 */
export const closeUnsuccessful = async (input: OperationInput, { error, cancelled, cancelRequested, committed, compensation, limits }: UnsuccessfulEnd): Promise<void> => {
  // The newer run has the books now.
  if (failureType(error) === 'SUPERSEDED') return;
  let reason = cancelled ? 'cancelled' : failureReason(error);
  let undone = false;
  if (input.kind === 'ROLLBACK') reason = rollbackIncomplete(reason);
  if (cancelled && input.kind === 'PROVISIONING') {
    const incomplete = await compensation.undo();
    undone = incomplete === undefined;
    if (incomplete !== undefined) reason = rollbackIncomplete(incomplete);
  }
  const unrestored = committed ? undefined : await compensation.restore(cancelled ? undefined : cancelRequested);
  const problems = Object.entries(unrestored ?? {}).map(([part, why]) => `${part}: ${why}`);
  if (problems.length > 0) reason = `${reason}; and could not be restored: ${problems.join('; ')}`;
  const { closeOperation } = activitiesFor({
    id: 'close', summary: cancelled ? 'Record the cancellation' : 'Record the failure', limits,
  });
  await closeOperation({ ...input, end: cancelled ? 'CANCELLED' : 'FAILED', reason, undone, ...(unrestored && { unrestored }) });
};

const rollbackIncomplete = (why: string): string => `rollback incomplete: ${why}`;
