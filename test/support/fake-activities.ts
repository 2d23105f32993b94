import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, cancelled, heartbeat } from '@temporalio/activity';
import { createActivities, type Activities } from '../../activities/activities.ts';
import type { ActivityDependencies } from '../../activities/phase-activity.ts';
import type { Admitted, ProvisionTenant, ValidationVerdict } from '../../tenant/operations.ts';

/** What a provisioning is asked for, with a tenant of its own for every slug. */
export const provisioningOf = (slug: string): ProvisionTenant => ({
  tenantId: crypto.randomUUID(),
  slug,
  actor: 'tester',
  tenant: { name: slug, slug, tier: 'FREE', adminEmail: `admin@${slug}.example`, cloudProvider: 'AZURE', region: 'westeurope' },
});

/** VALIDATE's answer to a request that is in order; `completed` are the phases of earlier runs. */
export const accepted = (completed: string[] = []): ValidationVerdict => ({ accepted: true, ...admitted(completed) });

/** Admission result of an operation. With `completed` steps, or `isContinuation`, the run continues an earlier one. */
export const admitted = (completed: string[] = [], isContinuation = completed.length > 0): Admitted => ({ completed, isContinuation, committed: false, heartbeatTimeoutSeconds: 8, longestWaitSeconds: 600 });

/** An activity that does nothing and succeeds; workflows read no more of most outputs than that they came. */
const succeeds = async (): Promise<never> => ({}) as never;

/** An activity that works until it is cancelled, which it learns through its heartbeats. */
export const untilCancelled = async (): Promise<never> => {
  const beat = setInterval(heartbeat, 50);
  try {
    return await cancelled();
  } finally {
    clearInterval(beat);
  }
};

/** An activity that never ends. */
export const never = (): Promise<never> => new Promise(() => undefined);

export interface FakeActivities {
  activities: Activities;
  /** `begin {activity id}` and `end {activity id}` in the order they happened; an attempt that throws ends too. */
  log: string[];
  /** Resolves when the log has this entry. */
  reached: (entry: string) => Promise<void>;
}

/** Dependencies without calls, sufficient to read the activities' names. */
const nothing: unknown = new Proxy(() => nothing, { get: (_target, key) => (key === Symbol.toPrimitive ? () => 0 : nothing) });
const NAMES = Object.keys(createActivities(nothing as ActivityDependencies));

/** Activities that all succeed at once, except for what a test gives. */
export const fakeActivities = (overrides: Partial<Activities> = {}): FakeActivities => {
  const fakes: Record<string, unknown> = {
    ...Object.fromEntries(NAMES.map((name) => [name, succeeds])),
    beginOperation: async () => admitted(),
    validate: async () => accepted(),
    deployIngressController: async () => ({ ip: '203.0.113.7' }),
    closeOperation: async () => ({ closed: true }),
    ...overrides,
  };
  const log: string[] = [];
  const logged = (fake: (input: never) => Promise<unknown>) => async (input: never): Promise<unknown> => {
    const { activityId } = activityInfo();
    log.push(`begin ${activityId}`);
    try {
      return await fake(input);
    } finally {
      log.push(`end ${activityId}`);
    }
  };
  const activities = Object.fromEntries(Object.entries(fakes).map(([name, fake]) => [name, logged(fake as (input: never) => Promise<unknown>)]));
  const reached = async (entry: string): Promise<void> => {
    while (!log.includes(entry)) await sleep(5, undefined, { ref: false });
  };
  return { activities: activities as unknown as Activities, log, reached };
};
