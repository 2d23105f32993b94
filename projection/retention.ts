import type pg from 'pg';
import { lockTenant } from './fence.ts';
import { inTransaction, type Queryable } from './pool.ts';

/** Days for which delivered and refused messages are kept. Within them a repeated change finds its message and writes none. */
const MESSAGE_DAYS = 30;

/** Most tenants in one pass. */
const TENANTS = 100;

/**
 * Keeps of a removed tenant only what finds its namespace, names its history and says that it may be removed, once the operation that removed
 * it has been over for a minute: until then a late repetition of its last step may need the rest. @returns how many rows
 */
export const blankRemovedTenants = async (database: Queryable): Promise<number> => {
  const { rowCount } = await database.query(
    `UPDATE tenant_operations SET removed_tenant = jsonb_build_object('id', removed_tenant->'id', 'slug', removed_tenant->'slug',
       'namespace', removed_tenant->'namespace', 'status', removed_tenant->'status', 'activatedAt', removed_tenant->'activatedAt', 'createdAt', removed_tenant->'createdAt', 'updatedAt', removed_tenant->'updatedAt')
     WHERE removed_tenant ? 'adminEmail' AND EXISTS (SELECT FROM tenant_operations ended
       WHERE ended.operation_id = tenant_operations.operation_id AND ended.seq >= tenant_operations.seq
         AND (ended.status = 'COMPLETED' OR (ended.status = 'CANCELLED' AND ended.kind = 'PROVISIONING')) AND ended.ended_at < clock_timestamp() - interval '1 minute')`);
  return rowCount ?? 0;
};

/** Number of deleted rows in each table. */
export interface Forgotten {
  requests: number;
  operations: number;
  deletionRequests: number;
  messages: number;
}

/**
 * Deletes data older than `days`: creations without a tenant, and the operations and deletion requests of removed tenants. An unfinished
 * removal is kept, because a run can resume it. Deletion certificates are kept for good.
 */
export const forgetTheGone = async (pool: pg.Pool, days: number): Promise<Forgotten> => {
  const { rows } = await pool.query<{ tenantId: string }>(
    `SELECT tenant_id AS "tenantId" FROM (
       SELECT DISTINCT ON (tenant_id) tenant_id, kind, status, removed_tenant, ended_at FROM tenant_operations ORDER BY tenant_id, seq DESC) newest
     WHERE ended_at < clock_timestamp() - make_interval(days => $1) AND NOT EXISTS (SELECT FROM tenants WHERE id = tenant_id)
       AND (status = 'COMPLETED' OR kind = 'PROVISIONING' OR removed_tenant IS NULL) LIMIT $2`, [days, TENANTS]);
  let [operations, deletionRequests] = [0, 0];
  for (const { tenantId } of rows) {
    const forgotten = await inTransaction(pool, async (transaction) => {
      await lockTenant(transaction, tenantId);
      await transaction.query(
        'DELETE FROM deletion_confirmations WHERE original_run_id IN (SELECT original_run_id FROM deletion_requests WHERE tenant_id = $1)', [tenantId]);
      return [
        await count(transaction, 'DELETE FROM tenant_operations WHERE tenant_id = $1', [tenantId]),
        await count(transaction, 'DELETE FROM deletion_requests WHERE tenant_id = $1', [tenantId]),
      ] as const;
    });
    operations += forgotten[0];
    deletionRequests += forgotten[1];
  }
  const requests = await count(pool,
    `DELETE FROM tenant_requests WHERE created_at < clock_timestamp() - make_interval(days => $1)
       AND NOT EXISTS (SELECT FROM tenants WHERE id = tenant_id) AND NOT EXISTS (SELECT FROM tenant_operations known WHERE known.tenant_id = tenant_requests.tenant_id)`, [days]);
  const messages = await count(pool,
    `DELETE FROM outbox WHERE coalesce(delivered_at, refused_at) < clock_timestamp() - make_interval(days => $1)`, [MESSAGE_DAYS]);
  return { requests, operations, deletionRequests, messages };
};

const count = async (database: Queryable, statement: string, values: readonly unknown[]): Promise<number> =>
  (await database.query(statement, [...values])).rowCount ?? 0;
