import type pg from 'pg';
import { lockTenant, newestOperation } from './fence.ts';
import { closeRow, ENDED_OUTSIDE } from './operation-end.ts';
import { inTransaction } from './pool.ts';
import { OPERATION_COLUMNS, type OperationRow } from './rows.ts';

/** Held by the one process that looks; any constant will do. */
const RECONCILE_LOCK = 7_401_882;

/** Tells which run of a workflow id is open now: its run id, or null when there is none. Throws if Temporal cannot say. */
export type DescribeOpenRun = (workflowId: string) => Promise<string | null>;

/**
 * Closes operations that are in progress on paper only, because their run was terminated or timed out past the service. One process at a
 * time does it. Without an answer from Temporal the row is left for the next time.
 * @param quietSeconds without a change, after which an operation in progress is looked at
 * @returns the run ids that were closed
 */
export const closeAbandonedOperations = async (pool: pg.Pool, quietSeconds: number, describe: DescribeOpenRun): Promise<string[]> => {
  const client = await pool.connect();
  try {
    const { rows: [lock] } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [RECONCILE_LOCK]);
    if (!lock?.held) return [];
    try {
      const { rows } = await client.query<OperationRow>(
        `SELECT ${OPERATION_COLUMNS} FROM tenant_operations
         WHERE status = 'IN_PROGRESS' AND last_updated_at < clock_timestamp() - make_interval(secs => $1) ORDER BY last_updated_at`, [quietSeconds]);
      const closed: string[] = [];
      for (const row of rows) {
        if (await closeIfAbandoned(pool, row, describe).catch(() => false)) closed.push(row.runId);
      }
      return closed;
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [RECONCILE_LOCK]);
    }
  } finally {
    client.release();
  }
};

const closeIfAbandoned = async (pool: pg.Pool, row: OperationRow, describe: DescribeOpenRun): Promise<boolean> => {
  // Any open run of the id will be admitted and close the row itself, or is this one.
  if (await describe(row.workflowId) !== null) return false;
  return inTransaction(pool, async (transaction) => {
    await lockTenant(transaction, row.tenantId);
    const newest = await newestOperation(transaction, row.tenantId);
    // It moved on while Temporal was asked.
    if (newest?.runId !== row.runId || newest.version !== row.version) return false;
    await closeRow(transaction, newest, { status: 'FAILED', failureReason: ENDED_OUTSIDE, unclean: true });
    return true;
  });
};
