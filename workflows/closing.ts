import type { OperationInput } from '../tenant/operations.ts';
import { activitiesFor, type WorkerLimits } from './activity-proxies.ts';
import type { Compensation } from './compensation.ts';
import { failureReason, failureType } from './failure-reason.ts';

/** How an operation came to its end without success. */
export interface UnsuccessfulEnd {
  error: unknown;
  cancelled: boolean;
  /** Whether it had passed the point of no return. */
  committed: boolean;
  compensation: Compensation;
  limits: WorkerLimits;
}

/**
 * Leaves nothing half done behind an operation that did not succeed, and records how it ended and why. Only a creation is removed by a
 * cancel; what else fails or is cancelled returns to the state before, or stops where it is and can be run again.
 */
export const closeUnsuccessful = async (input: OperationInput, { error, cancelled, committed, compensation, limits }: UnsuccessfulEnd): Promise<void> => {
  // The newer run has the books now.
  if (failureType(error) === 'SUPERSEDED') return;
  let reason = cancelled ? 'cancelled' : failureReason(error);
  let undone = false;
  if (input.kind === 'ROLLBACK') reason = rollbackIncomplete(reason);
  if (cancelled && input.kind === 'PROVISIONING') {
    const incomplete = await compensation.takeBack();
    undone = incomplete === undefined;
    if (incomplete !== undefined) reason = rollbackIncomplete(incomplete);
  }
  const problem = committed ? undefined : await compensation.giveBack();
  if (problem) reason = `${reason}; and what was changed could not be taken back: ${problem}`;
  const { closeOperation } = activitiesFor({
    id: 'close', summary: cancelled ? 'Record the cancellation' : 'Record the failure', limits,
  });
  await closeOperation({ ...input, end: cancelled ? 'CANCELLED' : 'FAILED', reason, undone });
};

const rollbackIncomplete = (why: string): string => `rollback incomplete: ${why}`;
