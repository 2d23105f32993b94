import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ENDED_OUTSIDE } from '../projection/operation-end.ts';
import type { OperationStatus } from '../tenant/lifecycle.ts';
import type { ProvisioningResult } from '../tenant/operations.ts';
import { reasonOf } from '../tenant/violations.ts';
import type { RunDescription } from './runs.ts';
import { look, type Temporal } from './temporal.ts';

/** End of a run that the projection does not know. */
export interface RunEnd {
  status: Exclude<OperationStatus, 'IN_PROGRESS'>;
  reason: string | null;
}

/** Failure classes that refuse the run, as opposed to errors within it. */
const REFUSALS: ReadonlySet<string> = new Set(['CONFLICT', 'SUPERSEDED', 'INVALID_REQUEST']);

/** Asks Temporal for the end of a closed run. Throws when Temporal is unavailable. */
export const endOf = async (temporal: Temporal, { workflowId, runId }: Pick<RunDescription, 'workflowId' | 'runId'>): Promise<RunEnd> => {
  try {
    const result: unknown = await look(temporal, () => temporal.client.workflow.getHandle(workflowId, runId).result());
    return isRefusal(result) ? { status: 'REFUSED', reason: reasonOf(result.violations) } : { status: 'COMPLETED', reason: null };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return failedEnd(error.cause);
  }
};

const isRefusal = (result: unknown): result is Extract<ProvisioningResult, { result: 'REFUSED' }> =>
  (result as Partial<ProvisioningResult> | null)?.result === 'REFUSED';

const failedEnd = (cause: Error | undefined): RunEnd => {
  if (cause instanceof CancelledFailure) return { status: 'CANCELLED', reason: 'cancelled' };
  if (!(cause instanceof ApplicationFailure)) return { status: 'FAILED', reason: ENDED_OUTSIDE };
  return { status: REFUSALS.has(cause.type ?? '') ? 'REFUSED' : 'FAILED', reason: cause.message };
};
