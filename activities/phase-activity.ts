import { activityInfo, cancellationSignal, Context, log } from '@temporalio/activity';
import type { Connectors } from '../connectors/connectors.ts';
import { withCallContext } from '../connectors/call-context.ts';
import type { AdmittedOperation, AttemptRef, PhaseOutput, Projection, RunRef } from '../projection/interface.ts';
import type { WorkerSettings } from '../settings/worker.ts';
import type { OperationInput } from '../tenant/operations.ts';
import { isFailureClass, TenantError } from '../tenant/errors.ts';
import { mayBeRemoved } from '../tenant/lifecycle.ts';
import { removes, restores } from '../tenant/steps.ts';
import { asFinal, toApplicationFailure } from './failures.ts';
import { Ownership, OwnershipLost } from './ownership.ts';
import { COMPENSATION, costOf, ONE_MINUTE, type Patience } from './trouble.ts';

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
  /** Longest time in trouble before the step fails. Defaults to a minute, and to COMPENSATION for a step that restores. */
  patience?: Patience;
}

type Body<Input extends OperationInput, Output extends PhaseOutput> = (context: PhaseContext, input: Input) => Promise<Output>;

/**
 * Wraps the body of a phase's activity. The phase may be a function of the input. Admits the run before any effect, and records the phase's
 * entry and its output. Heartbeats, passes cancellation and ownership to every connector call, and classifies errors. Ends the retries when
 * the activity has been in trouble for too long.
 */
export const phaseActivity = <Input extends OperationInput, Output extends PhaseOutput>(
  { projection, settings }: ActivityDependencies,
  step: string | ((input: Input) => string),
  body: Body<Input, Output>,
  { completes = true, patience = ONE_MINUTE }: PhaseActivityOptions<Input> = {},
) => async (input: Input): Promise<Output> => {
  const phase = typeof step === 'function' ? step(input) : step;
  let current = async (): Promise<void> => undefined;
  return inActivity(input, async (run, attempt) => {
    const operation = await projection.admit(run);
    assertMayRemove(operation, phase);
    await projection.enterPhase(operation, phase, attempt);
    current = () => projection.assertCurrent(operation, phase, attempt);
    return judged(projection, { operation, phase, attempt, patienceMs: (restores(operation.kind, phase) ? COMPENSATION : patience)(settings) }, async () => {
      const output = await body({ operation, signal: cancellationSignal() }, input);
      if (typeof completes === 'function' ? completes(input) : completes) await projection.completePhase(operation, phase, output, attempt);
      return output;
    });
  }, () => current());
};

/** Guards the tenant, not the run. A tenant that was ACTIVE is removed by a confirmed deletion only. */
const assertMayRemove = ({ kind, tenant }: AdmittedOperation, phase: string): void => {
  if (!removes(phase) || mayBeRemoved(kind, tenant)) return;
  throw new TenantError('CONFLICT', `${kind} may not remove ${tenant.slug}, which is ${tenant.status}${tenant.activatedAt ? ' and was ACTIVE' : ''}`, {
    details: { status: tenant.status },
  });
};

/** Runs an activity's body with heartbeats, the call context and error classification. `isCurrent` rejects when the attempt has a successor. */
export const inActivity = async <Output>(
  input: OperationInput,
  body: (run: RunRef, attempt: AttemptRef) => Promise<Output>,
  isCurrent: () => Promise<void> = async () => undefined,
): Promise<Output> => {
  const run = runOf(input);
  const { activityId, attempt, currentAttemptScheduledTimestampMs: scheduledAt } = activityInfo();
  const beat = startHeartbeat();
  const ownership = new Ownership(isCurrent);
  const signal = cancellationSignal();
  try {
    return await withCallContext(
      { signal, tenantId: input.tenantId, requestId: run.runId, whileOwner: (call) => ownership.run(signal, call) },
      () => body(run, { activityId, attempt, scheduledAt }));
  } catch (error) {
    throw toApplicationFailure(error, signal, attempt);
  } finally {
    clearInterval(beat);
  }
};

/** The run of this activity. A reset changes the run id; the first run id of the execution stays. */
const runOf = ({ tenantId, slug, kind, originalRunId, actor, requestId }: OperationInput): RunRef => {
  const { workflowExecution } = activityInfo();
  if (!workflowExecution) throw new Error('an operation\'s activity runs only inside a workflow');
  const { workflowId, runId } = workflowExecution;
  return { tenantId, slug, kind, workflowId, runId, originalRunId, actor, requestId };
};

/** Beats at a third of the timeout; cancellation, pause and reset reach an activity only through heartbeats. */
const startHeartbeat = (): NodeJS.Timeout | undefined => {
  const { heartbeatTimeoutMs } = activityInfo();
  const context = Context.current();
  return heartbeatTimeoutMs ? setInterval(() => context.heartbeat(), heartbeatTimeoutMs / 3) : undefined;
};

export interface JudgedAttempt {
  operation: AdmittedOperation;
  phase: string;
  attempt: AttemptRef;
  patienceMs: number;
}

/** Runs the body of a phase. Records its error with the operation, and makes the error final after too long a time in trouble. */
export const judged = async <Output>(
  projection: Projection, { operation, phase, attempt, patienceMs }: JudgedAttempt, body: () => Promise<Output>,
): Promise<Output> => {
  const startedAt = performance.now();
  try {
    return await body();
  } catch (error) {
    const failure = toApplicationFailure(error, cancellationSignal(), attempt.attempt);
    if (error instanceof OwnershipLost || !('type' in failure) || !isFailureClass(failure.type) || failure.type === 'SUPERSEDED') throw failure;
    const cost = costOf(failure, performance.now() - startedAt, attempt.attempt);
    const troubledMs = await projection.failPhase(operation, phase, { failureClass: failure.type, message: failure.message }, cost, attempt)
      .catch((problem: unknown) => {
        log.warn('could not record the phase\'s error', { phase, problem: String(problem) });
        return 0;
      });
    throw !failure.nonRetryable && troubledMs >= patienceMs ? asFinal(failure) : failure;
  }
};
