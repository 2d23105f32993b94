import { isDeepStrictEqual } from 'node:util';
import { CHANGED_PARTS } from '../tenant/steps.ts';
import { type Tenant, withoutConfiguration } from '../tenant/tenant.ts';
import { wellFormedValue } from '../tenant/text.ts';
import type { OperationEnd } from './interface.ts';
import type { Transaction } from './pool.ts';
import type { OperationRow } from './rows.ts';

/**
 * Records which parts of a living tenant an operation leaves in another state than the tenant's row says, beside those that earlier ones
 * left. An operation that restored everything takes back what an earlier run of it recorded.
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

/** What an operation has begun to change, when its run ended without a compensation. Once the tenant's row has the new tier, nothing is amiss. */
const changedParts = ({ kind, progress, phaseOutputs }: OperationRow, { tier, quota }: Tenant, reason: string): Record<string, string> => {
  if (kind === 'TIER_CHANGE' && isDeepStrictEqual(phaseOutputs['CHECK_FIT']?.['to'], { tier, quota })) return {};
  return Object.fromEntries(Object.entries(CHANGED_PARTS[kind] ?? {}).filter(([step]) => step in progress).map(([, part]) => [part, reason]));
};

const save = async (transaction: Transaction, { id }: Tenant, mismatch: Tenant['mismatch']): Promise<void> => {
  await transaction.query('UPDATE tenants SET mismatch = $2, updated_at = clock_timestamp() WHERE id = $1',
    [id, mismatch && JSON.stringify(wellFormedValue(mismatch))]);
};
