import type pg from 'pg';
import { TenantError } from '../tenant/errors.ts';
import type { AdmittedOperation, RunRef } from './interface.ts';
import { inTransaction, type Queryable, type Transaction } from './pool.ts';
import { OPERATION_COLUMNS, type OperationRow } from './rows.ts';

/** Everything written about one tenant is written one after another, also before the tenant has a row. */
export const lockTenant = async (transaction: Transaction, tenantId: string): Promise<void> => {
  await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))', [tenantId]);
};

/** The operation with the tenant's highest `seq`; null when the tenant never had one. */
export const newestOperation = async (database: Queryable, tenantId: string): Promise<OperationRow | null> => {
  const { rows } = await database.query<OperationRow>(
    `SELECT ${OPERATION_COLUMNS} FROM tenant_operations WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1`, [tenantId]);
  return rows[0] ?? null;
};

/** The database's clock, which is the same for all workers. */
export const databaseNow = async (transaction: Transaction): Promise<Date> => {
  const { rows } = await transaction.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0]!.now;
};

export const superseded = (run: Pick<RunRef, 'kind' | 'runId'>, why: string): TenantError =>
  new TenantError('SUPERSEDED', `the ${run.kind} run ${run.runId} may change nothing any more: ${why}`);

/**
 * Whether activities of a row's run may still act. A completed run's may: when a worker dies after its last activity was recorded but
 * before Temporal learned it, Temporal tries that activity once more. Older attempts are told by their number.
 */
export const isOpen = ({ status }: OperationRow): boolean => status === 'IN_PROGRESS' || status === 'COMPLETED';

/** Why a run may not act, or null if it is the tenant's newest and open. */
export const refusalOf = (run: Pick<RunRef, 'kind' | 'runId'>, newest: OperationRow | null): TenantError | null => {
  if (newest?.runId !== run.runId) return superseded(run, 'a newer operation has taken over');
  return isOpen(newest) ? null : superseded(run, `it ended as ${newest.status}`);
};

/** Runs a write of an admitted operation under the tenant's lock, if its run is still the newest and open; throws SUPERSEDED if not. */
export const fenced = <T>(
  pool: pg.Pool,
  operation: AdmittedOperation,
  write: (transaction: Transaction, row: OperationRow) => Promise<T>,
): Promise<T> => inTransaction(pool, async (transaction) => {
  await lockTenant(transaction, operation.tenantId);
  const newest = await newestOperation(transaction, operation.tenantId);
  const refusal = refusalOf(operation, newest);
  if (refusal || !newest) throw refusal ?? superseded(operation, 'it was never admitted');
  return write(transaction, newest);
});
