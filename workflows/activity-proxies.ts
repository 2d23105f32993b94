import { ActivityCancellationType, proxyActivities, type ActivityInterfaceFor, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import { titleOf, type Step } from '../tenant/steps.ts';

/** How long an activity works: `changing` ones end in seconds, `waiting` ones watch something until it is ready. */
export type Pace = 'changing' | 'waiting';

/** 1 + 2 + 4 + 8 + 15 × 3 s between eight attempts: a minute of trouble in an outside system is sat out, a longer one fails the run. */
const RETRY: ActivityOptions['retry'] = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s', maximumAttempts: 8 };

/**
 * Longest time of one attempt. Helm's own limit is 10 minutes, so is a certificate's; the extra minute lets the activity's own limit
 * speak first. There is no schedule-to-close timeout: it would end an activity that an operator has paused.
 */
const START_TO_CLOSE: Readonly<Record<Pace, ActivityOptions['startToCloseTimeout']>> = { changing: '2 minutes', waiting: '11 minutes' };

/** The heartbeat timeout until the first activity has told the worker's own: that of production. */
export const FIRST_HEARTBEAT_TIMEOUT_SECONDS = 60;

export interface ActivityCall {
  /** Stable id, seen in the Web UI and in pending activities. */
  id: string;
  /** Line beside the activity's bar in the Web UI. */
  summary: string;
  pace?: Pace;
  heartbeatTimeoutSeconds: number;
  /** Attempts after which it fails for good; 0 = never. */
  maximumAttempts?: number;
}

/**
 * The one place where activity options are made. The cancellation type is set explicitly: left out, it goes over the wire as TRY_CANCEL,
 * and a cancelled run would close while its activities still create things.
 */
export const activitiesFor = ({ id, summary, pace = 'changing', heartbeatTimeoutSeconds, maximumAttempts }: ActivityCall): ActivityInterfaceFor<Activities> =>
  proxyActivities<Activities>({
    activityId: id,
    summary,
    startToCloseTimeout: START_TO_CLOSE[pace],
    heartbeatTimeout: heartbeatTimeoutSeconds * 1000,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: maximumAttempts === undefined ? RETRY : { ...RETRY, maximumAttempts: maximumAttempts || undefined },
  });

export interface StepActivityOptions extends Pick<ActivityCall, 'pace' | 'maximumAttempts'> {
  /** One of several activities of the step. */
  part?: string;
}

/** The activities of a step, named and described after it. */
export const stepActivities = (step: Step, { part, ...options }: StepActivityOptions, heartbeatTimeoutSeconds: number): ActivityInterfaceFor<Activities> =>
  activitiesFor({ id: part ? `${step}:${part}` : step, summary: part ? `${titleOf(step)}: ${part}` : titleOf(step), heartbeatTimeoutSeconds, ...options });
