import { ActivityCancellationType, proxyActivities, type ActivityInterfaceFor, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import { titleOf, type Step } from '../tenant/steps.ts';

/** How long an activity works: `changing` ones end in seconds, `waiting` ones watch something until it is ready. */
export type Pace = 'changing' | 'waiting';

/**
 * Attempts are not counted: the activity itself keeps the time for which it may be in trouble, so that restarts and deaths of workers take
 * nothing from it.
 */
const RETRY: ActivityOptions['retry'] = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s' };

/** The worker's settings that shape activity options; the first activity tells them. */
export interface WorkerLimits {
  heartbeatTimeoutSeconds: number;
  longestWaitSeconds: number;
}

/** Until the first activity has told: the defaults of production. */
export const FIRST_LIMITS: WorkerLimits = { heartbeatTimeoutSeconds: 60, longestWaitSeconds: 600 };

/** Seconds beyond the activity's own limit, which is to speak first. */
const EXTRA_SECONDS = 60;

/** Seconds of one attempt, at most. There is no schedule-to-close timeout: it would end an activity that an operator has paused. */
const startToCloseSeconds = (pace: Pace, { longestWaitSeconds }: WorkerLimits): number => EXTRA_SECONDS + (pace === 'waiting' ? longestWaitSeconds : 60);

export interface ActivityCall {
  /** Stable id, seen in the Web UI and in pending activities. */
  id: string;
  /** Line beside the activity's bar in the Web UI. */
  summary: string;
  pace?: Pace;
  limits: WorkerLimits;
}

/**
 * The one place where activity options are made. The cancellation type is set explicitly: left out, it goes over the wire as TRY_CANCEL,
 * and a cancelled run would close while its activities still create things.
 */
export const activitiesFor = ({ id, summary, pace = 'changing', limits }: ActivityCall): ActivityInterfaceFor<Activities> =>
  proxyActivities<Activities>({
    activityId: id,
    summary,
    startToCloseTimeout: startToCloseSeconds(pace, limits) * 1000,
    heartbeatTimeout: limits.heartbeatTimeoutSeconds * 1000,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: RETRY,
  });

export interface StepActivityOptions extends Pick<ActivityCall, 'pace'> {
  /** One of several activities of the step. */
  part?: string;
}

/** The activities of a step, named and described after it. */
export const stepActivities = (step: Step, { part, ...options }: StepActivityOptions, limits: WorkerLimits): ActivityInterfaceFor<Activities> =>
  activitiesFor({ id: part ? `${step}:${part}` : step, summary: part ? `${titleOf(step)}: ${part}` : titleOf(step), limits, ...options });
