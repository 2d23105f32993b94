import { activityInfo, cancellationSignal, Context, log } from '@temporalio/activity';
import type { Connectors } from '../connectors/connectors.ts';
import { withCallContext } from '../connectors/call-context.ts';
import type { AdmittedOperation, AttemptRef, PhaseOutput, Projection, RunRef } from '../projection/interface.ts';
import type { WorkerSettings } from '../settings/worker.ts';
import type { OperationInput } from '../tenant/operations.ts';
import { isFailureClass } from '../tenant/errors.ts';
import { toApplicationFailure } from './failures.ts';

/** What every activity is built from. */
export interface ActivityDependencies {
  connectors: Connectors;
  projection: Projection;
  settings: WorkerSettings;
}

/** What the body of an activity gets besides its input. */
export interface PhaseContext {
  operation: AdmittedOperation;
  signal: AbortSignal;
}

export interface PhaseActivityOptions<Input> {
  /** false: one of several activities of the phase, and not the one that completes it; a function where the input tells. */
  completes?: boolean | ((input: Input) => boolean);
}

type Body<Input extends OperationInput, Output extends PhaseOutput> = (context: PhaseContext, input: Input) => Promise<Output>;

/**
 * Wraps the body of a phase's activity (a function where the input tells which phase): admits the run before any effect, records that the phase was entered and completed with its
 * output, heartbeats, hands the cancellation signal to every connector call, and classifies errors.
 */
export const phaseActivity = <Input extends OperationInput, Output extends PhaseOutput>(
  { projection }: ActivityDependencies,
  step: string | ((input: Input) => string),
  body: Body<Input, Output>,
  { completes = true }: PhaseActivityOptions<Input> = {},
) => async (input: Input): Promise<Output> => inActivity(input, async (run, attempt) => {
  const phase = typeof step === 'function' ? step(input) : step;
  const operation = await projection.admit(run);
  await projection.enterPhase(operation, phase, attempt);
  try {
    const output = await body({ operation, signal: cancellationSignal() }, input);
    if (typeof completes === 'function' ? completes(input) : completes) await projection.completePhase(operation, phase, output, attempt);
    return output;
  } catch (error) {
    await recordFailure(projection, operation, phase, error, attempt);
    throw error;
  }
});

/** Runs an activity's body with heartbeats, the call context and error classification; what `phaseActivity` and VALIDATE share. */
export const inActivity = async <Output>(
  input: OperationInput,
  body: (run: RunRef, attempt: AttemptRef) => Promise<Output>,
): Promise<Output> => {
  const run = runOf(input);
  const { activityId, attempt } = activityInfo();
  const beat = startHeartbeat();
  try {
    return await withCallContext({ signal: cancellationSignal(), tenantId: input.tenantId, requestId: run.runId }, () => body(run, { activityId, attempt }));
  } catch (error) {
    throw toApplicationFailure(error, cancellationSignal());
  } finally {
    clearInterval(beat);
  }
};

/** The run this activity belongs to. A reset changes the run id; the execution's first run id stays. */
const runOf = (input: OperationInput): RunRef => {
  const { workflowExecution } = activityInfo();
  if (!workflowExecution) throw new Error('an operation\'s activity runs only inside a workflow');
  return {
    tenantId: input.tenantId,
    kind: input.kind,
    workflowId: workflowExecution.workflowId,
    runId: workflowExecution.runId,
    originalRunId: input.originalRunId,
    actor: input.actor,
  };
};

/** Beats at a third of the timeout; cancellation, pause and reset reach an activity only through heartbeats. */
const startHeartbeat = (): NodeJS.Timeout | undefined => {
  const { heartbeatTimeoutMs } = activityInfo();
  const context = Context.current();
  return heartbeatTimeoutMs ? setInterval(() => context.heartbeat(), heartbeatTimeoutMs / 3) : undefined;
};

/** Keeps a phase's error with the operation; that this may fail too must not hide the error itself. */
export const recordFailure = async (
  projection: Projection, operation: AdmittedOperation, phase: string, error: unknown, attempt: AttemptRef,
): Promise<void> => {
  const failure = toApplicationFailure(error, cancellationSignal());
  if (!('type' in failure) || !isFailureClass(failure.type) || failure.type === 'SUPERSEDED') return;
  await projection.failPhase(operation, phase, { failureClass: failure.type, message: failure.message }, attempt)
    .catch((problem: unknown) => log.warn('could not record the phase\'s error', { phase, problem: String(problem) }));
};

