import { ActivityCancellationType, proxyActivities, type ActivityInterfaceFor, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import { titleOf, type Step } from '../tenant/steps.ts';

/** How long an activity works: `changing` ones end in seconds, `waiting` ones watch something until it is ready. */
export type Pace = 'changing' | 'waiting';

/** Attempts are unlimited. The activity itself keeps its time in trouble, so restarts and deaths of workers cost nothing. */
const RETRY: ActivityOptions['retry'] = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s' };

/** The worker's settings that shape activity options. The first activity returns them. */
export interface WorkerLimits {
  heartbeatTimeoutSeconds: number;
  longestWaitSeconds: number;
}

/** Limits until the first activity returns: the production defaults. */
export const FIRST_LIMITS: WorkerLimits = { heartbeatTimeoutSeconds: 60, longestWaitSeconds: 600 };

/** Seconds beyond the activity's own time limit, which has to expire first. */
const EXTRA_SECONDS = 60;

/**
 * Start-to-close timeout in seconds. There is no schedule-to-close timeout, because it would end an activity that an operator has paused.
 */
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
 * The only place that makes activity options. The cancellation type is set explicitly: left out, it is sent as TRY_CANCEL. Then a cancelled
 * run would close while its activities still create objects.
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

/** The activities of a step, with its name and summary. */
export const stepActivities = (step: Step, { part, ...options }: StepActivityOptions, limits: WorkerLimits): ActivityInterfaceFor<Activities> =>
  activitiesFor({ id: part ? `${step}:${part}` : step, summary: part ? `${titleOf(step)}: ${part}` : titleOf(step), limits, ...options });
