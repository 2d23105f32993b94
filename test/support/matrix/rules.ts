/** Rules by which an observed worker disturbs the activities of chosen tenants, and the reports that it sends about them. */

/** One attempt of an activity. */
export interface Attempt {
  slug: string;
  workflowType: string;
  runId: string;
  activityId: string;
  attempt: number;
}

/**
 * - `lose-reply`: the call does its work, then its answer gets lost; once a run and activity
 * - `hold`: waits until the test releases the tenant, or the attempt is cancelled
 * - `fail`: fails for good, as after an error that no retry can resolve
 * - `repeat`: the activity runs a second time at once
 */
export type Disturbance = 'lose-reply' | 'hold' | 'fail' | 'repeat';

/**
 * `begin` and `end` are those of the activity's first attempt; `before` and `after` the n-th call of an attempt that changes an outside system:
 * before it is sent, the fence passed, and after its work is done.
 */
export type Moment = 'begin' | 'end' | { before: number } | { after: number };

export interface Rule {
  slug: string;
  /** Every workflow and every activity where they are left out. */
  workflowType?: string;
  activityId?: string;
  /** Every activity of this step. */
  step?: string;
  at: Moment;
  does: Disturbance;
}

/** A call that changes an outside system, at the moment it is sent. */
export interface SentCall extends Attempt {
  /** Its number among the attempt's calls, from 1. */
  number: number;
  /** The connector and its method. */
  call: string;
  at: number;
}

export type Report =
  | { type: 'ready' }
  | ({ type: 'call' } & SentCall)
  | ({ type: 'activity'; at: number } & Attempt)
  /** A rule has struck: the reply is lost, or the tenant is held. */
  | ({ type: 'struck'; rule: Rule; at: number } & Attempt);

/** Orders of the test to an observed worker: new rules, or the release of a held tenant. */
export type Order = { type: 'rules'; rules: readonly Rule[]; losesDeliveries: boolean } | { type: 'release'; slug: string };

export const sameMoment = (one: Moment, other: Moment): boolean => JSON.stringify(one) === JSON.stringify(other);

export const rulesFor = (rules: readonly Rule[], { slug, workflowType, activityId }: Attempt): Rule[] => rules.filter((rule) =>
  rule.slug === slug && (rule.workflowType ?? workflowType) === workflowType && (rule.activityId ?? activityId) === activityId
  && (rule.step === undefined || activityId === rule.step || activityId.startsWith(`${rule.step}:`)));
