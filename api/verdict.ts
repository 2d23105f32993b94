import { WithStartWorkflowOperation } from '@temporalio/client';
import { VERDICT_UPDATE } from '../tenant/operations.ts';
import { startOptions, type OperationStart } from './start-operation.ts';
import type { Temporal } from './temporal.ts';

export interface VerdictOptions {
  /** Milliseconds since 1970 until which it is waited for; without a deadline a client waits for ever. */
  deadline: number;
  /** A repetition with the same id gets the first verdict. */
  updateId: string;
}

/**
 * Starts an operation's run and waits for what its first step finds about the request, in one call. Rejects with Temporal's own errors, also
 * when the run was started and no worker gave a verdict in time.
 */
export const startForVerdict = <Verdict>(temporal: Temporal, start: OperationStart, { deadline, updateId }: VerdictOptions): Promise<Verdict> => {
  const operation = new WithStartWorkflowOperation(start.workflowType, startOptions(temporal, start));
  // Its rejection is the call's own.
  operation.workflowHandle().catch(() => {});
  return temporal.connection.withDeadline(deadline, () =>
    temporal.client.workflow.executeUpdateWithStart<never, Verdict, []>(VERDICT_UPDATE, { startWorkflowOperation: operation as never, updateId }));
};
