import { PHASE_DESCRIPTIONS, type Phase } from './phases.ts';

/**
 * What removes a tenant, in the one order that is safe everywhere (rollback, cancel, deletion): address records first, else they point
 * at a freed public address; the certificate's orders before the namespace, else their finalizers hang it; the delegation before the
 * zone, else the dangling name can be taken over.
 */
export const TEARDOWN_STEPS = [
  'WITHDRAW_INGRESS', 'UNINSTALL_RELEASES', 'DROP_DATABASES', 'REMOVE_NAMESPACE', 'REMOVE_ZONE', 'REMOVE_CONFIGURATION', 'REMOVE_REGISTRATIONS',
] as const;
export type TeardownStep = (typeof TEARDOWN_STEPS)[number];

const TEARDOWN_TITLES: Readonly<Record<TeardownStep, string>> = {
  WITHDRAW_INGRESS: 'Withdraw address records, ingress and certificate',
  UNINSTALL_RELEASES: 'Uninstall all releases',
  DROP_DATABASES: 'Drop schemas and role, revoke principals',
  REMOVE_NAMESPACE: 'Delete the namespace',
  REMOVE_ZONE: 'Remove delegation and DNS zone',
  REMOVE_CONFIGURATION: 'Remove configuration and feature flags',
  REMOVE_REGISTRATIONS: 'Remove IAM users and registrations',
};

/** Anything an operation does in one go and reports progress of: a phase of provisioning or a step of another operation. */
export type Step = Phase | TeardownStep;

/** What an operator reads in the Web UI, logs, metrics and the API. */
export const titleOf = (step: Step): string =>
  step in PHASE_DESCRIPTIONS ? PHASE_DESCRIPTIONS[step as Phase].title : TEARDOWN_TITLES[step as TeardownStep];
