import type { OperationKind, TenantStatus } from '../../tenant/lifecycle.ts';

/** What may be asked for after an operation; `null`: the tenant is gone. Written down here once more, so that the table is held against something. */
export interface After {
  status: TenantStatus | null;
  legal: readonly OperationKind[];
}

const OF_ACTIVE = ['SUSPENSION', 'TIER_CHANGE', 'RECONFIGURATION', 'DELETION'] as const;
const ACTIVE: After = { status: 'ACTIVE', legal: OF_ACTIVE };
const GONE: After = { status: null, legal: [] };

/** After a success. */
export const AFTER_SUCCESS: Readonly<Record<OperationKind, After>> = {
  PROVISIONING: ACTIVE,
  ROLLBACK: GONE,
  REPROVISION: ACTIVE,
  SUSPENSION: { status: 'SUSPENDED', legal: ['REACTIVATION', 'DELETION'] },
  REACTIVATION: ACTIVE,
  TIER_CHANGE: ACTIVE,
  RECONFIGURATION: ACTIVE,
  DELETION: GONE,
};

/** After a failure. */
export const AFTER_FAILURE: Readonly<Record<OperationKind, After>> = {
  PROVISIONING: { status: 'FAILED', legal: ['PROVISIONING', 'ROLLBACK', 'REPROVISION', 'DELETION'] },
  ROLLBACK: { status: 'FAILED', legal: ['ROLLBACK', 'REPROVISION', 'DELETION'] },
  REPROVISION: { status: 'FAILED', legal: ['ROLLBACK', 'REPROVISION', 'DELETION'] },
  SUSPENSION: { status: 'SUSPENDED', legal: ['SUSPENSION', 'REACTIVATION', 'DELETION'] },
  REACTIVATION: { status: 'SUSPENDED', legal: ['SUSPENSION', 'REACTIVATION', 'DELETION'] },
  TIER_CHANGE: ACTIVE,
  RECONFIGURATION: ACTIVE,
  DELETION: { status: 'DELETING', legal: ['DELETION'] },
};

/** The kinds whose unfinished operation a repetition goes on with, instead of being an operation of its own. */
export const GOES_ON: ReadonlySet<OperationKind> = new Set(['PROVISIONING', 'ROLLBACK', 'REPROVISION', 'SUSPENSION', 'REACTIVATION', 'DELETION']);
