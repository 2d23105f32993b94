import type pg from 'pg';
import { isProvisioning, type OperationKind } from '../tenant/lifecycle.ts';
import { PHASES } from '../tenant/phases.ts';
import { OPERATION_STEPS, removes } from '../tenant/steps.ts';
import { TenantError } from '../tenant/errors.ts';
import { databaseNow, fenced, newestOperation, refusalOf } from './fence.ts';
import type { AdmittedOperation, AttemptRef, PhaseError, PhaseOutput } from './interface.ts';
import { completed, countedTrouble, entered, failed, firstOpenError, isDone, isLate, type Progress } from './progress.ts';
import { saveOperation } from './state.ts';

/** Not SUPERSEDED, which would end the run. Temporal drops the answer of an attempt with a successor. */
const lateAttempt = (phase: string, { activityId, attempt }: AttemptRef): TenantError =>
  new TenantError('UNAVAILABLE', `attempt ${attempt} of ${activityId} is stale: a later attempt of ${phase} has begun`);

/** Records that a phase was entered; see `Projection.enterPhase`. */
export const enterPhase = (pool: pg.Pool, operation: AdmittedOperation, phase: string, attempt: AttemptRef): Promise<void> =>
  fenced(pool, operation, async (transaction, row) => {
    const before = row.progress[phase];
    if (isLate(before, attempt) || isDone(before, attempt)) throw lateAttempt(phase, attempt);
    const now = (await databaseNow(transaction)).toISOString();
    const progress = { ...row.progress, [phase]: entered(before, attempt, now) };
    await saveOperation(transaction, row, {
      progress,
      currentPhase: currentStep(row.kind, progress, new Set(Object.keys(row.phaseOutputs))),
      ...(isProvisioning(row.kind) && removes(phase) && { forget: MADE }),
    });
  });

/**
 * The phases that make something. Once a cancel or a reset begins to take things back, none of them counts as completed: should that be
 * interrupted, the next run does all of them again, which changes nothing where they are still there.
 */
const MADE = PHASES.filter((phase) => phase !== 'VALIDATE');

/** See `Projection.assertCurrent`. */
export const assertCurrent = async (pool: pg.Pool, operation: AdmittedOperation, phase: string, attempt: AttemptRef): Promise<void> => {
  const newest = await newestOperation(pool, operation.tenantId);
  const refusal = refusalOf(operation, newest);
  if (refusal) throw refusal;
  if (isLate(newest?.progress[phase], attempt)) throw lateAttempt(phase, attempt);
};

/** Records a phase's output; see `Projection.completePhase`. The last step of the kind completes the operation. */
export const completePhase = (
  pool: pg.Pool, operation: AdmittedOperation, phase: string, output: PhaseOutput, attempt: AttemptRef,
): Promise<void> => fenced(pool, operation, async (transaction, row) => {
  const before = row.progress[phase];
  if (isLate(before, attempt)) throw lateAttempt(phase, attempt);
  const now = (await databaseNow(transaction)).toISOString();
  const progress = { ...row.progress, [phase]: completed(before, attempt, now) };
  const done = new Set([...Object.keys(row.phaseOutputs), phase]);
  await saveOperation(transaction, row, {
    progress,
    outputs: { [phase]: output },
    failureReason: firstOpenError(row.kind, progress),
    currentPhase: currentStep(row.kind, progress, done),
    status: phase === OPERATION_STEPS[row.kind].at(-1) ? 'COMPLETED' : row.status,
  });
});

/** The first step at work, which need not be the first in order: a tier goes down by its releases first. With none at work, the first to come, or the last. */
const currentStep = (kind: OperationKind, progress: Progress, done: ReadonlySet<string>): string => {
  const steps = OPERATION_STEPS[kind];
  return steps.find((step) => progress[step]?.state === 'RUNNING') ?? steps.find((step) => !done.has(step)) ?? steps.at(-1)!;
};

/** Records a phase's error; see `Projection.failPhase`. The phase stays open for its next attempt. */
export const failPhase = (
  pool: pg.Pool, operation: AdmittedOperation, phase: string, error: PhaseError, costMs: number, attempt: AttemptRef,
): Promise<number> => fenced(pool, operation, async (transaction, row) => {
  const before = row.progress[phase];
  if (isLate(before, attempt) || isDone(before, attempt)) throw lateAttempt(phase, attempt);
  const now = (await databaseNow(transaction)).toISOString();
  const entry = failed(before, attempt, error, costMs, now);
  const progress = { ...row.progress, [phase]: entry };
  await saveOperation(transaction, row, { progress, failureReason: firstOpenError(row.kind, progress) });
  return countedTrouble(row.kind, phase, entry, attempt);
});
