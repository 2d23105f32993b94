import { isDeepStrictEqual } from 'node:util';
import { CHANGED_PARTS } from '../tenant/steps.ts';
import { type Tenant, withoutConfiguration } from '../tenant/tenant.ts';
import { wellFormedValue } from '../tenant/text.ts';
import type { OperationEnd } from './interface.ts';
import type { Transaction } from './pool.ts';
import type { OperationRow } from './rows.ts';

/**
 * Records which parts of a living tenant differ from its row after an operation, beside those of earlier operations. A complete restore
 * clears the record of an earlier run of the same operation.
 */
export const recordMismatch = async (transaction: Transaction, row: OperationRow, tenant: Tenant, { unrestored, failureReason }: OperationEnd, now: string): Promise<void> => {
  if (!CHANGED_PARTS[row.kind]) return;
  const { mismatch } = tenant;
  const parts = unrestored ?? changedParts(row, tenant, failureReason ?? '');
  if (Object.keys(parts).length === 0) {
    if (unrestored && mismatch?.operationId === row.operationId) await save(transaction, tenant, row.kind === 'RECONFIGURATION' ? withoutConfiguration(mismatch) : null);
    return;
  }
  await save(transaction, tenant, { since: mismatch?.since ?? now, operationId: row.operationId, parts: { ...mismatch?.parts, ...parts } });
};

/** Parts that an operation began to change before its run ended without a compensation. None once the tenant's row has the new tier. */
const changedParts = ({ kind, progress, phaseOutputs }: OperationRow, { tier, quota }: Tenant, reason: string): Record<string, string> => {
  if (kind === 'TIER_CHANGE' && isDeepStrictEqual(phaseOutputs['CHECK_FIT']?.['to'], { tier, quota })) return {};
  return Object.fromEntries(Object.entries(CHANGED_PARTS[kind] ?? {}).filter(([step]) => step in progress).map(([, part]) => [part, reason]));
};

const save = async (transaction: Transaction, { id }: Tenant, mismatch: Tenant['mismatch']): Promise<void> => {
  await transaction.query('UPDATE tenants SET mismatch = $2, updated_at = clock_timestamp() WHERE id = $1',
    [id, mismatch && JSON.stringify(wellFormedValue(mismatch))]);
};
