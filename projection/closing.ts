import type pg from 'pg';
import { isProvisioning } from '../tenant/lifecycle.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { admitIn, toAdmitted } from './admission.ts';
import { databaseNow, lockTenant, newestOperation, superseded } from './fence.ts';
import type { AdmittedOperation, OperationEnd, RunRef } from './interface.ts';
import { inTransaction, type Transaction } from './pool.ts';
import { closed, firstOpenError } from './progress.ts';
import { type OperationRow, tenantFromJson } from './rows.ts';
import { saveOperation } from './state.ts';
import { deleteTenant, findTenant } from './tenants.ts';

/** Ends an operation; see `Projection.closeOperation`. Ending it once more in the same way changes nothing. */
export const closeOperation = (pool: pg.Pool, uncleanEndWaitSeconds: number, run: RunRef, end: OperationEnd): Promise<AdmittedOperation> =>
  inTransaction(pool, async (transaction) => {
    await lockTenant(transaction, run.tenantId);
    const newest = await newestOperation(transaction, run.tenantId);
    if (newest?.runId === run.runId && newest.status === end.status) return toAdmitted(newest, await tenantOf(transaction, newest));
    const { row } = await admitIn(transaction, uncleanEndWaitSeconds, run);
    if (row.status === 'COMPLETED') throw superseded(run, 'it has completed');
    const { removesTenant = false, ...close } = end;
    const closing = removesTenant ? await removeTenantOf(transaction, row) : row;
    await closeRow(transaction, closing, close);
    return toAdmitted(closing, await tenantOf(transaction, closing));
  });

/** The tenant as it is now, or was when the operation removed it. */
const tenantOf = async (transaction: Transaction, { tenantId, removedTenant }: OperationRow): Promise<Tenant> => {
  const tenant = await findTenant(transaction, tenantId) ?? (removedTenant && tenantFromJson(removedTenant));
  if (!tenant) throw new Error(`an operation of ${tenantId} ends without a tenant`);
  return tenant;
};

const removeTenantOf = async (transaction: Transaction, row: OperationRow): Promise<OperationRow> => {
  const saved = await saveOperation(transaction, row, { removedTenant: await tenantOf(transaction, row) });
  await deleteTenant(transaction, row.tenantId);
  return saved;
};

/** Ends a row that is in progress. Unless it completed, a provisioning or rollback leaves its tenant FAILED, if there still is one. */
export const closeRow = async (transaction: Transaction, row: OperationRow, end: Omit<OperationEnd, 'removesTenant'>): Promise<void> => {
  const now = (await databaseNow(transaction)).toISOString();
  const completed = end.status === 'COMPLETED';
  await saveOperation(transaction, row, {
    status: end.status,
    progress: closed(row.progress, now),
    failureReason: completed ? null : end.failureReason ?? firstOpenError(row.kind, row.progress),
  });
  if (!completed && (isProvisioning(row.kind) || row.kind === 'ROLLBACK')) {
    await transaction.query(
      `UPDATE tenants SET status = 'FAILED', updated_at = clock_timestamp() WHERE id = $1 AND status = 'PROVISIONING'`, [row.tenantId]);
  }
};
