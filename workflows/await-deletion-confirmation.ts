import { CancellationScope, CancelledFailure, workflowInfo } from '@temporalio/workflow';
import type { DeletionRequest, DeletionWaitResult } from '../tenant/deletion.ts';
import { deletionWaitWorkflowIdOf } from '../tenant/names.ts';
import { parseDeletionRequest } from '../tenant/operation-request.ts';
import { DeletionWait } from './deletion-wait.ts';
import { asRunFailure, failureReason } from './failure-reason.ts';
import { invalidInput, runInput } from './run-input.ts';

/**
 * Waits for the confirmation of a tenant's deletion, then starts the deletion. The wait has a workflow id of its own, so it blocks no
 * operation. A wrong code, a late code, a call-off and a cancel leave the tenant untouched. An accepted confirmation leads to a deletion,
 * or to a reason in the request.
 */
export async function awaitDeletionConfirmation(request: DeletionRequest): Promise<DeletionWaitResult> {
  const wait = new DeletionWait(inputOf(request));
  try {
    const opened = await wait.open();
    const accepted = await wait.confirm(opened);
    if (!('outcome' in accepted)) return accepted;
    if (opened.gracePeriodMinutes > 0) {
      const ended = await wait.passGracePeriod(opened, accepted);
      if (ended) return ended;
    }
    return await wait.startDeletion();
  } catch (error) {
    const isCancelled = CancellationScope.current().consideredCancelled;
    const end = isCancelled ? { state: 'CALLED_OFF' as const } : { state: 'REFUSED' as const, reason: failureReason(error) };
    await CancellationScope.nonCancellable(() => wait.end(end));
    throw isCancelled ? new CancelledFailure('called off') : asRunFailure(error);
  }
}

/** Parses the wait's input, which must match the tenant in the workflow id. Temporal itself then refuses a second wait for one tenant. */
const inputOf = (request: DeletionRequest): DeletionRequest => {
  const input = runInput(parseDeletionRequest(request));
  const { workflowId } = workflowInfo();
  if (workflowId === deletionWaitWorkflowIdOf(input.tenantId)) return input;
  throw invalidInput([{ field: 'tenantId', code: 'INVALID', message: `must be the one of the workflow id ${workflowId}, which is deletion-of-{tenantId}` }]);
};
