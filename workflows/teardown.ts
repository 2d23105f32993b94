import type { ActivityInterfaceFor } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import type { OperationInput } from '../tenant/operations.ts';
import type { TeardownStep } from '../tenant/steps.ts';

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
