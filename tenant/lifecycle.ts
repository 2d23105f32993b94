/** States of a tenant, kinds of operation, and which operation is legal when: the one table everything asks. */

export const TENANT_STATUSES = ['PROVISIONING', 'ACTIVE', 'SUSPENDED', 'DELETING', 'FAILED'] as const;
export type TenantStatus = (typeof TENANT_STATUSES)[number];

export const OPERATION_KINDS = [
  'PROVISIONING', 'ROLLBACK', 'REPROVISION', 'SUSPENSION', 'REACTIVATION', 'TIER_CHANGE', 'RECONFIGURATION', 'DELETION',
] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/** Kinds that make a tenant, whose progress is the progress of a provisioning. */
export const isProvisioning = (kind: OperationKind): boolean => kind === 'PROVISIONING' || kind === 'REPROVISION';

export const OPERATION_STATUSES = ['IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED', 'REFUSED'] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** Kinds that may start from each status. A provisioning starts without a tenant, so it stands only where one is retried. */
const LEGAL_FROM: Readonly<Record<TenantStatus, readonly OperationKind[]>> = {
  PROVISIONING: ['PROVISIONING', 'ROLLBACK', 'REPROVISION', 'DELETION'],
  FAILED: ['PROVISIONING', 'ROLLBACK', 'REPROVISION', 'DELETION'],
  ACTIVE: ['SUSPENSION', 'TIER_CHANGE', 'RECONFIGURATION', 'DELETION'],
  SUSPENDED: ['REACTIVATION', 'DELETION'],
  DELETING: ['DELETION'],
};

/** Statuses a tenant may move to from each. A tenant that is gone has no row, hence no status. */
export const TRANSITIONS: Readonly<Record<TenantStatus, readonly TenantStatus[]>> = {
  PROVISIONING: ['ACTIVE', 'FAILED', 'DELETING'],
  FAILED: ['PROVISIONING', 'DELETING'],
  ACTIVE: ['SUSPENDED', 'DELETING'],
  SUSPENDED: ['ACTIVE', 'DELETING'],
  DELETING: [],
};

export interface NewestOperation {
  kind: OperationKind;
  status: OperationStatus;
}

/**
 * Kinds whose repetition goes on where the unfinished one stopped. A tier change or a reconfiguration may ask for something else the
 * next time, and a failed one was taken back, so each of their runs is an operation of its own.
 */
const RESUMABLE: ReadonlySet<OperationKind> = new Set(['PROVISIONING', 'ROLLBACK', 'REPROVISION', 'SUSPENSION', 'REACTIVATION', 'DELETION']);

/** Whether a new run of the kind continues the newest operation, with its operation id and what it completed. */
export const continues = (kind: OperationKind, newest: NewestOperation | null): boolean =>
  newest !== null && newest.kind === kind && newest.status !== 'COMPLETED' && RESUMABLE.has(kind);

/**
 * The kinds that are legal now: those of the status, and a repetition of the newest operation if it did not succeed. A provisioning is
 * only retried as long as nothing took its phases back: after a rollback, a reprovision or a cancel, what it completed is no longer there.
 * A reactivation that did not succeed may have left workloads running, which a suspension stops.
 */
export const legalKinds = (status: TenantStatus, newest: NewestOperation | null): OperationKind[] => {
  const kinds = new Set(LEGAL_FROM[status]);
  if (newest && newest.status !== 'COMPLETED' && status !== 'DELETING') kinds.add(newest.kind);
  if (newest?.kind === 'REACTIVATION' && newest.status !== 'COMPLETED' && status === 'SUSPENDED') kinds.add('SUSPENSION');
  if (newest?.kind === 'ROLLBACK' || newest?.kind === 'REPROVISION' || wasUndone(newest)) kinds.delete('PROVISIONING');
  return OPERATION_KINDS.filter((kind) => kinds.has(kind));
};

/** A cancelled provisioning takes back what it made; where its tenant is still there, that stopped half way. */
const wasUndone = (newest: NewestOperation | null): boolean => newest?.kind === 'PROVISIONING' && newest.status === 'CANCELLED';

export const isLegal = (kind: OperationKind, status: TenantStatus, newest: NewestOperation | null): boolean =>
  legalKinds(status, newest).includes(kind);

/** Whether an operation may remove parts of a tenant. The tenant was never ACTIVE, or a confirmed deletion has made it DELETING. */
export const mayBeRemoved = (kind: OperationKind, { status, activatedAt }: { status: TenantStatus; activatedAt: Date | null }): boolean =>
  kind === 'DELETION' ? status === 'DELETING' : activatedAt === null && (status === 'PROVISIONING' || status === 'FAILED');

export const mayMove = (from: TenantStatus, to: TenantStatus): boolean => from === to || TRANSITIONS[from].includes(to);
