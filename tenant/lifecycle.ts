/** States of a tenant, kinds of operation, and which operation is legal when: the one table everything asks. */

export const TENANT_STATUSES = ['PROVISIONING', 'ACTIVE', 'SUSPENDED', 'DELETING', 'FAILED'] as const;
export type TenantStatus = (typeof TENANT_STATUSES)[number];

export const OPERATION_KINDS = [
  'PROVISIONING', 'ROLLBACK', 'REPROVISION', 'SUSPENSION', 'REACTIVATION', 'TIER_CHANGE', 'RECONFIGURATION', 'DELETION',
] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

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

/** The kinds that are legal now: those of the status, and a repetition of the newest operation if it did not succeed. */
export const legalKinds = (status: TenantStatus, newest: NewestOperation | null): OperationKind[] => {
  const kinds = new Set(LEGAL_FROM[status]);
  if (newest && newest.status !== 'COMPLETED' && status !== 'DELETING') kinds.add(newest.kind);
  return OPERATION_KINDS.filter((kind) => kinds.has(kind));
};

export const isLegal = (kind: OperationKind, status: TenantStatus, newest: NewestOperation | null): boolean =>
  legalKinds(status, newest).includes(kind);

export const mayMove = (from: TenantStatus, to: TenantStatus): boolean => from === to || TRANSITIONS[from].includes(to);
