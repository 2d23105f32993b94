import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { deletionRecord } from '../tenant/deletion-records.ts';
import type { ClosedRequestState } from '../tenant/deletion.ts';
import { TenantError } from '../tenant/errors.ts';
import { DELETION_REQUEST_COLUMNS, type DeletionRequestRow } from './deletion-rows.ts';
import { lockTenant, newestOperation } from './fence.ts';
import { tell } from './outbox.ts';
import { inTransaction, type Queryable, type Transaction } from './pool.ts';
import { findTenant } from './tenants.ts';

export type NewDeletionRequest = Pick<DeletionRequestRow, 'originalRunId' | 'tenantId' | 'slug' | 'requestedBy' | 'approver' | 'graceMinutes'>
  & { tries: number; confirmationMinutes: number };

/** The end of a request that left the tenant untouched. */
export interface RequestEnd {
  state: ClosedRequestState;
  reason: string | null;
  actor: string;
}

/** Actor of requests that the service itself ends. */
export const SERVICE = 'tenant-service';

/** Reason of a request whose wait was terminated or timed out. */
export const WAIT_ENDED = { state: 'CALLED_OFF', reason: 'its wait ended outside the service', actor: SERVICE } as const satisfies RequestEnd;

/** The request of a wait; null before it is opened. */
export const findDeletionRequest = async (database: Queryable, originalRunId: string): Promise<DeletionRequestRow | null> => {
  const { rows } = await database.query<DeletionRequestRow>(`SELECT ${DELETION_REQUEST_COLUMNS} FROM deletion_requests WHERE original_run_id = $1`, [originalRunId]);
  return rows[0] ?? null;
};

/** A tenant's newest deletion request; null when there was none. */
export const newestDeletionRequest = async (database: Queryable, tenantId: string): Promise<DeletionRequestRow | null> => {
  const { rows } = await database.query<DeletionRequestRow>(
    `SELECT ${DELETION_REQUEST_COLUMNS} FROM deletion_requests WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 1`, [tenantId]);
  return rows[0] ?? null;
};

/** A tenant's newest request if it is confirmed. */
export const confirmedRequest = async (database: Queryable, tenantId: string): Promise<DeletionRequestRow | null> => {
  const newest = await newestDeletionRequest(database, tenantId);
  return newest?.state === 'CONFIRMED' ? newest : null;
};

/** Locks the tenant of a request, so that its requests and operations are serialized. CONFLICT without such a request. */
export const lockRequest = async (transaction: Transaction, originalRunId: string): Promise<DeletionRequestRow> => {
  const known = await findDeletionRequest(transaction, originalRunId);
  if (!known) throw new TenantError('CONFLICT', 'this deletion was never requested');
  await lockTenant(transaction, known.tenantId);
  return await findDeletionRequest(transaction, originalRunId) ?? known;
};

/** Opens a request; see `Deletions.open`. A tenant has at most one open wait, so the waits of earlier requests have ended. */
export const openRequest = async (transaction: Transaction, request: NewDeletionRequest): Promise<DeletionRequestRow> => {
  const { originalRunId, tenantId, slug, requestedBy, approver, graceMinutes, tries, confirmationMinutes } = request;
  await lockTenant(transaction, tenantId);
  const known = await findDeletionRequest(transaction, originalRunId);
  if (known) return known;
  const tenant = await findTenant(transaction, tenantId);
  if (!tenant || tenant.slug !== slug) throw new TenantError('CONFLICT', `there is no tenant ${slug} with the id ${tenantId}`);
  if (tenant.status === 'DELETING') throw new TenantError('CONFLICT', `${slug} is being deleted already; that needs no further confirmation`);
  const earlier = await newestDeletionRequest(transaction, tenantId);
  if (earlier) await closeRequest(transaction, earlier, WAIT_ENDED);
  const { rows } = await transaction.query<DeletionRequestRow>(
    `INSERT INTO deletion_requests (original_run_id, tenant_id, slug, requested_by, approver, nonce, state, tries_left, grace_minutes, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'WAITING', $7, $8, clock_timestamp() + make_interval(mins => $9)) RETURNING ${DELETION_REQUEST_COLUMNS}`,
    [originalRunId, tenantId, slug, requestedBy, approver, randomBytes(16).toString('hex'), tries, graceMinutes, confirmationMinutes]);
  await tell(transaction, [deletionRecord(request, 'TENANT_DELETION_REQUESTED', { actor: requestedBy, approver, gracePeriodMinutes: graceMinutes })]);
  return rows[0]!;
};

/** Ends an open request under its tenant's lock. An ended request keeps its state. A reason may be added after the end. */
export const closeRequest = async (transaction: Transaction, request: DeletionRequestRow, { state, reason, actor }: RequestEnd): Promise<DeletionRequestRow> => {
  const { rows } = await transaction.query<DeletionRequestRow>(
    `UPDATE deletion_requests SET state = $2, reason = $3, last_updated_at = clock_timestamp()
     WHERE original_run_id = $1 AND (state IN ('WAITING', 'CONFIRMED') OR (state = $2 AND reason IS NULL)) RETURNING ${DELETION_REQUEST_COLUMNS}`,
    [request.originalRunId, state, reason]);
  if (!rows[0]) return request;
  await tell(transaction, [deletionRecord(request, 'TENANT_DELETION_CALLED_OFF', { actor, state, ...(reason !== null && { reason }) })]);
  return rows[0];
};

/** Ends a request for its wait. A confirmed one whose deletion has begun stays CONFIRMED: nothing calls that deletion off any more. */
export const endRequest = async (transaction: Transaction, originalRunId: string, end: RequestEnd): Promise<DeletionRequestRow> => {
  const request = await lockRequest(transaction, originalRunId);
  return await hasBegun(transaction, request) ? request : closeRequest(transaction, request, end);
};

/** Whether the deletion that was confirmed has begun: its run is at work or has marked the tenant. */
const hasBegun = async (transaction: Transaction, { state, tenantId }: DeletionRequestRow): Promise<boolean> => {
  if (state !== 'CONFIRMED') return false;
  const tenant = await findTenant(transaction, tenantId);
  if (!tenant || tenant.status === 'DELETING') return true;
  const newest = await newestOperation(transaction, tenantId);
  return newest?.kind === 'DELETION' && newest.status === 'IN_PROGRESS';
};

/**
 * Ends a request whose wait is closed, without a call to Temporal. Returns null if its deletion has begun or the request has ended before.
 */
export const endLostRequest = (pool: pg.Pool, originalRunId: string, actor: string): Promise<DeletionRequestRow | null> =>
  inTransaction(pool, async (transaction) => {
    const request = await lockRequest(transaction, originalRunId);
    const tenant = await findTenant(transaction, request.tenantId);
    if (!tenant || (request.state !== 'WAITING' && request.state !== 'CONFIRMED') || await hasBegun(transaction, request)) return null;
    const newest = await newestOperation(transaction, request.tenantId);
    const failed = newest?.kind === 'DELETION' && newest.seq > (request.confirmedSeq ?? newest.seq) ? newest.failureReason : null;
    const why = failed === null ? WAIT_ENDED.reason : `the deletion did not begin: ${failed}`;
    const left = request.confirmedStatus === 'ACTIVE' && tenant.status === 'SUSPENDED' ? '; the tenant is still suspended' : '';
    return closeRequest(transaction, request, { ...WAIT_ENDED, actor, reason: `${why}${left}` });
  });
