import type pg from 'pg';
import { databaseNow, lockTenant, newestOperation, refusalOf, superseded } from './fence.ts';
import type { AdmittedOperation, OperationEnd } from './interface.ts';
import { inTransaction, type Transaction } from './pool.ts';
import { closed, firstOpenError } from './progress.ts';
import type { OperationRow } from './rows.ts';
import { isProvisioning, saveOperation } from './state.ts';

/** Ends an operation; see `Projection.closeOperation`. Ending it once more in the same way changes nothing. */
export const closeOperation = (pool: pg.Pool, operation: AdmittedOperation, end: OperationEnd): Promise<void> =>
  inTransaction(pool, async (transaction) => {
    await lockTenant(transaction, operation.tenantId);
    const newest = await newestOperation(transaction, operation.tenantId);
    if (newest?.runId === operation.runId && newest.status === end.status) return;
    const refusal = refusalOf(operation, newest);
    if (refusal || !newest) throw refusal ?? superseded(operation, 'it was never admitted');
    if (newest.status === 'COMPLETED') throw superseded(operation, 'it has completed');
    await closeRow(transaction, newest, end);
  });

/** Ends a row that is in progress. Unless it completed, a provisioning or rollback leaves its tenant FAILED, if there still is one. */
export const closeRow = async (transaction: Transaction, row: OperationRow, end: OperationEnd): Promise<void> => {
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
