import type { OperationKind } from './lifecycle.ts';
import { PHASE_DESCRIPTIONS, PHASES, type Phase } from './phases.ts';

/**
 * What removes a tenant, in the one order that is safe everywhere (rollback, cancel, deletion): address records first, else they point
 * at a freed public address; the certificate's orders before the namespace, else their finalizers hang it; the delegation before the
 * zone, else the dangling name can be taken over.
 */
export const TEARDOWN_STEPS = [
  'WITHDRAW_INGRESS', 'UNINSTALL_RELEASES', 'DROP_DATABASES', 'REMOVE_NAMESPACE', 'REMOVE_ZONE', 'REMOVE_CONFIGURATION', 'REMOVE_REGISTRATIONS',
] as const;
export type TeardownStep = (typeof TEARDOWN_STEPS)[number];

/**
 * Prerequisites of each teardown step. A step does not begin after one of them has failed; all other steps continue. A freed load balancer
 * address could pass to another customer while records point to it. The certificate's challenges are cleaned up through the zone.
 * REMOVE_ZONE removes the delegation before the zone.
 */
export const TEARDOWN_NEEDS: Readonly<Record<TeardownStep, readonly TeardownStep[]>> = {
  WITHDRAW_INGRESS: [],
  UNINSTALL_RELEASES: ['WITHDRAW_INGRESS'],
  DROP_DATABASES: [],
  REMOVE_NAMESPACE: ['WITHDRAW_INGRESS'],
  REMOVE_ZONE: ['WITHDRAW_INGRESS'],
  REMOVE_CONFIGURATION: [],
  REMOVE_REGISTRATIONS: [],
};

/** Titles of every step that is not a phase of provisioning. */
const STEP_TITLES = {
  WITHDRAW_INGRESS: 'Withdraw address records, ingress and certificate',
  UNINSTALL_RELEASES: 'Uninstall all releases',
  DROP_DATABASES: 'Drop schemas and role, revoke principals',
  REMOVE_NAMESPACE: 'Delete the namespace',
  REMOVE_ZONE: 'Remove delegation and DNS zone',
  REMOVE_CONFIGURATION: 'Remove configuration and feature flags',
  REMOVE_REGISTRATIONS: 'Remove IAM users and registrations',
  REMOVE_TENANT: 'Remove the tenant\'s record',

  MARK_SUSPENDED: 'Set the status to SUSPENDED',
  SCALE_DOWN: 'Suspend CronJobs and scale everything to zero',
  REVOKE_TOKENS: 'Revoke all tokens',
  PUBLISH_SUSPENDED: 'Publish TENANT_SUSPENDED and notify the admin',

  SCALE_UP: 'Scale everything back, in dependency order',
  MARK_ACTIVE: 'Set the status to ACTIVE',
  PUBLISH_ACTIVATED: 'Publish TENANT_ACTIVATED and notify the admin',

  CHECK_FIT: 'Check that the tenant fits the new tier',
  APPLY_QUOTA: 'Apply the new tier\'s quota',
  UPGRADE_RELEASES: 'Upgrade the releases to the new tier',
  APPLY_FLAGS: 'Apply the new tier\'s feature flags',
  ANNOUNCE_TIER_CHANGE: 'Record and announce the new tier',
  RETURN_TIER: 'Return to the old tier',

  ANNOUNCE_CONFIGURATION: 'Record and announce the new configuration',
  RETURN_CONFIGURATION: 'Return to the old configuration',

  MARK_DELETING: 'Set the status to DELETING and stop everything that writes',
  EXPORT_AUDIT: 'Export the audit events and read them back',
  SCAN_RESIDUE: 'Scan every system for residue',
  CERTIFY: 'Issue the deletion certificate and remove the record',
  PUBLISH_DELETED: 'Publish TENANT_DELETED',
} as const;

/** Anything an operation does in one go and reports progress of: a phase of provisioning or a step of another operation. */
export type Step = Phase | keyof typeof STEP_TITLES;

/** What an operator reads in the Web UI, logs, metrics and the API. */
export const titleOf = (step: Step): string =>
  step in PHASE_DESCRIPTIONS ? PHASE_DESCRIPTIONS[step as Phase].title : STEP_TITLES[step as keyof typeof STEP_TITLES];

/** Whether a step removes parts of a tenant, or its record. */
export const removes = (step: string): boolean => step === 'REMOVE_TENANT' || (TEARDOWN_STEPS as readonly string[]).includes(step);

/** Whether a step of an operation takes back what the operation made: a teardown step of a provisioning that was cancelled. */
export const takesBack = (kind: OperationKind, step: string): boolean =>
  kind === 'PROVISIONING' && (TEARDOWN_STEPS as readonly string[]).includes(step);

/** The step that restores a living tenant after an unsuccessful operation. */
const RESTORING: Partial<Readonly<Record<OperationKind, Step>>> = {
  TIER_CHANGE: 'RETURN_TIER', RECONFIGURATION: 'RETURN_CONFIGURATION', REACTIVATION: 'SCALE_DOWN',
};

/** Whether a step of an operation restores the previous state. */
export const restores = (kind: OperationKind, step: string): boolean => RESTORING[kind] === step;

/** The part of a living tenant that each step of a change writes, by the kind of operation. */
export const CHANGED_PARTS: Partial<Readonly<Record<OperationKind, Partial<Readonly<Record<Step, string>>>>>> = {
  TIER_CHANGE: { APPLY_QUOTA: 'quota', UPGRADE_RELEASES: 'releases', APPLY_FLAGS: 'flags' },
  RECONFIGURATION: { CONFIGURE: 'configuration' },
};

/** The steps of each kind of operation, in order. An operation completes with its last step. */
export const OPERATION_STEPS: Readonly<Record<OperationKind, readonly Step[]>> = {
  PROVISIONING: PHASES,
  ROLLBACK: [...TEARDOWN_STEPS, 'REMOVE_TENANT'],
  REPROVISION: [...TEARDOWN_STEPS, ...PHASES.filter((phase) => phase !== 'VALIDATE')],
  SUSPENSION: ['MARK_SUSPENDED', 'REVOKE_TOKENS', 'SCALE_DOWN', 'PUBLISH_SUSPENDED'],
  REACTIVATION: ['SCALE_UP', 'VERIFY', 'MARK_ACTIVE', 'PUBLISH_ACTIVATED'],
  TIER_CHANGE: ['CHECK_FIT', 'APPLY_QUOTA', 'UPGRADE_RELEASES', 'APPLY_FLAGS', 'ANNOUNCE_TIER_CHANGE'],
  RECONFIGURATION: ['CONFIGURE', 'ANNOUNCE_CONFIGURATION'],
  DELETION: ['MARK_DELETING', 'EXPORT_AUDIT', ...TEARDOWN_STEPS, 'SCAN_RESIDUE', 'CERTIFY', 'PUBLISH_DELETED'],
};
