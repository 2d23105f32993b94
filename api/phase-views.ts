import type { Progress, PhaseProgress } from '../projection/progress.ts';
import { FAILURE_CLASSES } from '../tenant/errors.ts';
import type { OperationKind } from '../tenant/lifecycle.ts';
import { PHASE_DESCRIPTIONS, PHASES, type Phase } from '../tenant/phases.ts';
import { OPERATION_STEPS, type Step, titleOf } from '../tenant/steps.ts';
import type { PhaseErrorView, PhaseView } from '../tenant/views.ts';
import type { PendingActivity } from './runs.ts';

/** Activities are named after their phase, or `PHASE:part` where a phase has several. */
const phaseOfActivity = (activityId: string): string => activityId.split(':')[0]!;

const isPhase = (phase: string): phase is Phase => (PHASES as readonly string[]).includes(phase);

/**
 * The steps of an operation in their order, those that have not begun as PENDING, then whatever else has begun (what a cancel takes back).
 * What Temporal says about activities at work is laid over what the projection knows.
 */
export const phaseViews = (kind: OperationKind, progress: Progress, pending: readonly PendingActivity[], now = new Date()): PhaseView[] => {
  const steps: readonly string[] = OPERATION_STEPS[kind];
  const others = Object.entries(progress)
    .filter(([phase]) => !steps.includes(phase))
    .toSorted(([, a], [, b]) => a.startedAt.localeCompare(b.startedAt))
    .map(([phase]) => phase);
  return [...steps, ...others].map((phase) =>
    phaseView(phase, progress[phase], pending.filter(({ activityId }) => phaseOfActivity(activityId) === phase), now));
};

const errorView = (error: PhaseProgress['error']): PhaseErrorView | null =>
  error && { class: error.failureClass, message: error.message, mover: FAILURE_CLASSES[error.failureClass].mover };

const phaseView = (phase: string, entry: PhaseProgress | undefined, activities: readonly PendingActivity[], now: Date): PhaseView => {
  const attempts = [...Object.values(entry?.attempts ?? {}).map(({ number }) => number), ...activities.map(({ attempt }) => attempt)];
  // The one in trouble is the one worth telling about.
  const troubled = activities.find(({ paused }) => paused) ?? activities.find(({ lastError }) => lastError) ?? activities[0];
  const { lastError } = troubled ?? {};
  return {
    phase,
    number: isPhase(phase) ? PHASE_DESCRIPTIONS[phase].number : null,
    title: titleOf(phase as Step) ?? phase,
    state: entry?.state ?? 'PENDING',
    startedAt: entry?.startedAt ?? null,
    endedAt: entry?.endedAt ?? null,
    seconds: entry ? secondsBetween(entry.startedAt, entry.endedAt ?? now.toISOString()) : null,
    attempt: Math.max(0, ...attempts),
    maximumAttempts: troubled?.maximumAttempts ?? null,
    lastError: lastError ? errorView({ failureClass: lastError.class, message: lastError.message }) : errorView(entry?.error ?? null),
    nextTryAt: troubled?.nextTryAt?.toISOString() ?? null,
    paused: activities.some(({ paused }) => paused),
  };
};

/** To a tenth of a second. */
const secondsBetween = (from: string, to: string): number => Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10);
