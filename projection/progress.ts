import type { OperationKind } from '../tenant/lifecycle.ts';
import { OPERATION_STEPS, restores } from '../tenant/steps.ts';
import type { AttemptRef, PhaseError, PhaseOutput } from './interface.ts';

/** Where one phase of a run stands. RUNNING lasts through its retries: `error` is then the last attempt's. Times are ISO 8601. */
export interface PhaseProgress {
  state: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  startedAt: string;
  endedAt: string | null;
  /** The activity that last reported; null when the phase was completed by an earlier run. */
  activityId: string | null;
  /** When Temporal scheduled the attempt that completed the phase. */
  completedBy?: number;
  /** Newest attempt of each of the phase's activities, by activity id. */
  attempts: Record<string, AttemptProgress>;
  error: PhaseError | null;
}

/** The newest attempt of an activity that has reported. */
export interface AttemptProgress {
  /** Counted by Temporal from 1; a reset of the activity restarts the count. */
  number: number;
  /** Milliseconds since 1970 at which Temporal scheduled the attempt. A later attempt has a later time, but not always a higher number. */
  scheduledAt: number;
  /** Milliseconds the activity has been failing; see `Trouble`. */
  troubledMs: number;
}

/** By phase id. */
export type Progress = Record<string, PhaseProgress>;

/** What a retry or a reset takes over from the run before: what is completed and still counts, open for its own attempts. */
export const inheritedProgress = (progress: Progress, outputs: Readonly<Record<string, PhaseOutput>>): Progress => Object.fromEntries(
  Object.entries(progress)
    .filter(([phase, { state }]) => state === 'COMPLETED' && phase in outputs)
    .map(([phase, entry]) => [phase, { ...entry, activityId: null, attempts: {} }]),
);

/** Whether a newer attempt of the activity has reported, or another activity completed the phase in this run. */
export const isLate = (entry: PhaseProgress | undefined, { activityId, scheduledAt }: AttemptRef): boolean => {
  if (!entry) return false;
  const completedByAnother = entry.state === 'COMPLETED' && entry.activityId !== null && entry.activityId !== activityId;
  return completedByAnother || scheduledAt < (entry.attempts[activityId]?.scheduledAt ?? 0);
};

/** Whether this attempt or a later one completed the phase in this run. Then it must not enter the phase again. */
export const isDone = (entry: PhaseProgress | undefined, { activityId, scheduledAt }: AttemptRef): boolean =>
  entry?.state === 'COMPLETED' && entry.activityId === activityId && scheduledAt <= (entry.completedBy ?? 0);

/** The activity's time in trouble. The first attempt, also after a reset of the activity, starts at zero. */
const troubleOf = (entry: PhaseProgress | undefined, { activityId, attempt }: AttemptRef): number =>
  attempt === 1 ? 0 : entry?.attempts[activityId]?.troubledMs ?? 0;

const withAttempt = (entry: PhaseProgress | undefined, attempt: AttemptRef, troubledMs = troubleOf(entry, attempt)): PhaseProgress['attempts'] => ({
  ...entry?.attempts, [attempt.activityId]: { number: attempt.attempt, scheduledAt: attempt.scheduledAt, troubledMs },
});

const reported = (entry: PhaseProgress | undefined, attempt: AttemptRef, now: string): PhaseProgress => ({
  state: 'RUNNING',
  endedAt: null,
  error: entry?.error ?? null,
  startedAt: entry && entry.activityId !== null ? entry.startedAt : now,
  activityId: attempt.activityId,
  attempts: withAttempt(entry, attempt),
});

/** Whether the phase was completed in this run. When its last attempt is repeated, it stays completed. */
const isCompleted = (entry: PhaseProgress | undefined): entry is PhaseProgress => entry?.state === 'COMPLETED' && entry.activityId !== null;

/** The phase as entered; the first entry's time is kept. */
export const entered = (entry: PhaseProgress | undefined, attempt: AttemptRef, now: string): PhaseProgress =>
  isCompleted(entry) ? { ...entry, attempts: withAttempt(entry, attempt) } : reported(entry, attempt, now);

export const completed = (entry: PhaseProgress | undefined, attempt: AttemptRef, now: string): PhaseProgress => ({
  ...reported(entry, attempt, now), state: 'COMPLETED', completedBy: attempt.scheduledAt, endedAt: entry?.state === 'COMPLETED' && entry.endedAt ? entry.endedAt : now, error: null,
});

/** The phase with its last error; `costMs` is what this failure adds to the activity's time in trouble. */
export const failed = (entry: PhaseProgress | undefined, attempt: AttemptRef, error: PhaseError, costMs: number, now: string): PhaseProgress => {
  const attempts = withAttempt(entry, attempt, troubleOf(entry, attempt) + costMs);
  return isCompleted(entry) ? { ...entry, attempts } : { ...reported(entry, attempt, now), attempts, error };
};

/** Ends running phases: FAILED with an error, else CANCELLED. A compensation that restored everything is completed. */
export const closed = (kind: OperationKind, progress: Progress, isRestored: boolean, now: string): Progress => Object.fromEntries(
  Object.entries(progress).map(([phase, entry]): [string, PhaseProgress] => {
    if (entry.state !== 'RUNNING') return [phase, entry];
    if (isRestored && restores(kind, phase)) return [phase, { ...entry, state: 'COMPLETED', error: null, endedAt: now }];
    return [phase, { ...entry, state: entry.error ? 'FAILED' : 'CANCELLED', endedAt: now }];
  }),
);

/** The relevant time in trouble of an attempt: of its activity, or in a compensation of all activities together. */
export const countedTrouble = (kind: OperationKind, phase: string, { attempts }: PhaseProgress, { activityId }: AttemptRef): number => restores(kind, phase)
  ? Object.values(attempts).reduce((sum, { troubledMs }) => sum + troubledMs, 0)
  : attempts[activityId]?.troubledMs ?? 0;

const position = (steps: readonly string[], phase: string): number => (steps.includes(phase) ? steps.indexOf(phase) : steps.length);

/** The error of the first step that has one, in the operation's order; null when none is open. */
export const firstOpenError = (kind: OperationKind, progress: Progress): string | null => {
  const steps = OPERATION_STEPS[kind];
  const open = Object.entries(progress).filter(([, { error }]) => error).toSorted(([a], [b]) => position(steps, a) - position(steps, b))[0];
  return open ? `${open[0]}: ${open[1].error?.message}` : null;
};
