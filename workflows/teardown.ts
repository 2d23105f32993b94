import type { ActivityInterfaceFor } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import type { OperationInput } from '../tenant/operations.ts';
import { TEARDOWN_NEEDS, type TeardownStep } from '../tenant/steps.ts';
import { failureType } from './failure-reason.ts';

/** The activity behind each teardown step. */
export const TEARDOWN: Readonly<Record<TeardownStep, (activities: ActivityInterfaceFor<Activities>, input: OperationInput) => Promise<unknown>>> = {
  WITHDRAW_INGRESS: (activities, input) => activities.withdrawIngress(input),
  UNINSTALL_RELEASES: (activities, input) => activities.uninstallReleases(input),
  DROP_DATABASES: (activities, input) => activities.dropDatabases(input),
  REMOVE_NAMESPACE: (activities, input) => activities.removeNamespace(input),
  REMOVE_ZONE: (activities, input) => activities.removeZone(input),
  REMOVE_CONFIGURATION: (activities, input) => activities.removeConfiguration(input),
  REMOVE_REGISTRATIONS: (activities, input) => activities.removeRegistrations(input),
};

/**
 * Runs the steps in order. After a failed step its dependents are skipped, and independent steps continue. The error is thrown at the end.
 * A cancelled or superseded run stops at once.
 */
export const tearDown = async (steps: readonly TeardownStep[], remove: (step: TeardownStep) => Promise<unknown>, isCancelled: () => boolean): Promise<void> => {
  const undone = new Set<TeardownStep>();
  let first: { error: unknown } | undefined;
  for (const step of steps) {
    if (TEARDOWN_NEEDS[step].some((need) => undone.has(need))) {
      undone.add(step);
      continue;
    }
    try {
      await remove(step);
    } catch (error) {
      if (isCancelled() || failureType(error) === 'SUPERSEDED') throw error;
      undone.add(step);
      first ??= { error };
    }
  }
  if (first) throw first.error;
};
