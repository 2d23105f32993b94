import { WithStartWorkflowOperation, type WorkflowUpdateHandle } from '@temporalio/client';
import { VERDICT_UPDATE } from '../tenant/operations.ts';
import { startOptions, type OperationStart } from './start-operation.ts';
import type { Temporal } from './temporal.ts';

/** A run that was started for a verdict. `error` is Temporal's error if no verdict came in time, with or without a run. */
export interface JudgedRun<Verdict> {
  /** undefined if Temporal did not confirm the start; the run may exist all the same. */
  runId: string | undefined;
  verdict?: Verdict;
  error?: unknown;
}

/**
 * Starts an operation's run and waits for its first step's verdict on the request, in one call.
 * @param deadline milliseconds since 1970 until which the call waits; without a deadline a client waits for ever
 */
export const startForVerdict = <Verdict>(temporal: Temporal, start: OperationStart, deadline: number): Promise<JudgedRun<Verdict>> => {
  const operation = new WithStartWorkflowOperation(start.workflowType, startOptions(temporal, start));
  const update = { startWorkflowOperation: operation as never, updateId: start.input.requestId ?? crypto.randomUUID(), waitForStage: 'ACCEPTED' } as const;
  return temporal.connection.withDeadline(deadline, async () => {
    let accepted: WorkflowUpdateHandle<Verdict> | undefined;
    try {
      accepted = await temporal.client.workflow.startUpdateWithStart<never, Verdict, []>(VERDICT_UPDATE, update);
      return { runId: accepted.workflowRunId, verdict: await accepted.result() };
    } catch (error) {
      return { runId: accepted?.workflowRunId, error };
    }
  });
};
